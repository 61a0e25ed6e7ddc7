/** The benchmarks there are. */
import { ambassadorBenchmark } from './ambassador/ambassador.ts';
import type { Benchmark } from './benchmark.ts';
import { gitSyncBenchmark } from './git-sync/git-sync.ts';
import { logAdapterBenchmark } from './log-adapter/log-adapter.ts';

export const BENCHMARKS: readonly Benchmark[] = [ambassadorBenchmark, gitSyncBenchmark, logAdapterBenchmark];
