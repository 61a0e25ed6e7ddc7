/** The benchmarks there are. */
import type { Benchmark } from './benchmark.ts';

export const BENCHMARKS: readonly Benchmark[] = [];
