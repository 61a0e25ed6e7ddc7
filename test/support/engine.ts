/** The engine that the set-up of the test tiers has made sure of. */
import { ensureEngine, type Engine } from '../../scripts/engine/engine.ts';
import { createHost } from '../../scripts/host/host.ts';

export function testEngine(): Promise<Engine> {
  return ensureEngine(createHost(process.env, new AbortController().signal), () => {});
}
