/** Sequences of everything that may happen to a log; a failure prints the seed, and the sequence. */
import { expect, test } from 'vitest';
import { runInputModel } from './input-model.ts';

const SEED = 20_261_124;

test.each(['rename', 'copy'] as const)('no sequence loses a line: %s', { timeout: 120_000 }, async (way) => {
  await expect(runInputModel(way, { numRuns: 8, seed: SEED })).resolves.toBeUndefined();
});
