/** The framing attacks against our own ambassador: every mutation and combination, then as many random ones as wanted. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { ambassador } from '../subjects/ambassador.ts';
import { startUpstream } from '../upstream.ts';
import { connectWire } from '../wire.ts';
import { attacks } from './arbitrary.ts';
import { matrix, mutations } from './mutations.ts';
import { play, type Arena, type Attack } from './play.ts';

export interface FramingOptions {
  /** Random requests; the mutations come on top. */
  readonly count: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

export interface FramingOutcome {
  readonly failures: number;
  /** Mutations and combinations that were played. */
  readonly written: number;
  readonly random: number;
  /** What was sent and what went wrong; the first few. */
  readonly findings: readonly string[];
  readonly [figure: string]: unknown;
}

const PROGRAM = new URL('../../../apps/ambassador/src/main.ts', import.meta.url).pathname;
const FINDINGS_KEPT = 20;

/** Starts an ambassador and attacks it; resolves to what it let through. */
export async function runFramingAttacks({ count, seed, signal, note }: FramingOptions): Promise<FramingOutcome> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'framing-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const upstream = stack.use(await startUpstream());
  const subject = stack.use(await ambassador(PROGRAM).start({ upstreamPort: upstream.port, setup: 'plain', folder }));
  const { port } = subject;
  const arena: Arena = { port, upstream, other: await connectWire(port) };
  stack.defer(() => void arena.other.socket.destroy());

  const findings: string[] = [];
  const tell = (attack: Attack, fault: string) =>
    findings.push(`${attack.kind}: ${JSON.stringify(attack.bytes)}: ${fault}`);
  const written = [...matrix(), ...mutations()];
  for (const attack of written) {
    signal.throwIfAborted();
    const fault = await play(arena, attack);
    if (fault !== undefined) tell(attack, fault);
  }
  note(`${written.length} mutations and combinations: ${findings.length} failures`);

  let random = 0;
  const property = fc.asyncProperty(attacks, async (attack) => {
    signal.throwIfAborted();
    random += 1;
    if (random % 1_000 === 0) note(`${random} random requests`);
    const fault = await play(arena, attack);
    if (fault !== undefined) throw new Error(fault);
  });
  const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns: count, seed });
  signal.throwIfAborted();
  if (failed && counterexample !== null) tell(counterexample[0], String(errorInstance));
  return { failures: findings.length, written: written.length, random, findings: findings.slice(0, FINDINGS_KEPT) };
}
