/** What a benchmark is: the kit's program and others doing the same, measured in one run. */
import type { Engine } from '../../scripts/engine/engine.ts';

export interface BenchmarkOptions {
  readonly engine: Engine;
  /** The checkout. */
  readonly root: string;
  /** A line about how far it is. */
  readonly note: (text: string) => void;
}

export interface BenchmarkReport {
  /** Versions of what was measured, and the machine it ran on. */
  readonly environment: Readonly<Record<string, string>>;
  readonly results: readonly Figures[];
}

/** One row of the report; all rows have the same keys. */
export type Figures = Readonly<Record<string, string | number | boolean>>;

export interface Benchmark {
  /** As it is typed after `npm run bench --`. */
  readonly name: string;
  readonly summary: string;
  run(options: BenchmarkOptions): Promise<BenchmarkReport>;
  /** Puts the figures where people read about them. */
  publish?(report: BenchmarkReport): Promise<void>;
}
