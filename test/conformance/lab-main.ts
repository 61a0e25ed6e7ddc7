/**
 * Plays all cases against proxies, each a process of its own, and prints what happened as JSON. Runs where all of them
 * are installed: `lab-main.ts AMBASSADOR_PROGRAM [SUBJECT] [CASE]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, type ConformanceCase, type Setup, type Verdict } from './case.ts';
import { CASES } from './cases/all.ts';
import type { CaseResult, SubjectResult } from './results.ts';
import { ambassador } from './subjects/ambassador.ts';
import { haproxy } from './subjects/haproxy.ts';
import { bareHttpProxy } from './subjects/http-proxy.ts';
import { nginx } from './subjects/nginx.ts';
import type { Subject, SubjectKind } from './subjects/subject.ts';
import { startUpstream, type TestUpstream } from './upstream.ts';

/** Plays the cases one after the other; a proxy that died is started again. */
async function playAll(kind: SubjectKind, cases: readonly ConformanceCase[]): Promise<SubjectResult> {
  await using stack = new AsyncDisposableStack();
  const upstream = stack.use(await startUpstream());
  const running = new Map<Setup, Subject>();
  stack.defer(async () => {
    for (const subject of running.values()) await subject[Symbol.asyncDispose]();
  });
  const start = async (setup: Setup): Promise<Subject> => {
    const known = running.get(setup);
    if (known !== undefined && (await known.isServing())) return known;
    await known?.[Symbol.asyncDispose]();
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const subject = await kind.start({ upstreamPort: upstream.port, setup, folder });
    running.set(setup, subject);
    return subject;
  };
  const results: CaseResult[] = [];
  for (const each of cases) {
    const { outcome, happened } = await playOne(each, upstream, start).catch((error) => fail(String(error)));
    const { id, variant, level, rule, expected } = each;
    results.push({ id, variant, level, rule, expected, outcome, happened });
    if (outcome !== 'pass') process.stderr.write(`${kind.name}: ${id} ${variant}: ${outcome}: ${happened}\n`);
  }
  return { name: kind.name, version: await kind.version(), results };
}

async function playOne(
  each: ConformanceCase,
  upstream: TestUpstream,
  start: (setup: Setup) => Promise<Subject>,
): Promise<Verdict> {
  const subject = await start(each.setup ?? 'plain');
  await upstream.reset();
  const verdict = await each.play({ subject, upstream });
  await upstream.reset();
  return (await subject.isServing()) ? verdict : fail(`the process ended; ${verdict.happened}`);
}

const [program = '', only = '', id = ''] = process.argv.slice(2);
const kinds = [ambassador(program), haproxy, nginx, bareHttpProxy].filter(({ name }) => only === '' || name === only);
const cases = CASES.filter((each) => id === '' || each.id === id);
// Side by side: most of the time each of them waits for something that must not come.
const subjects = await Promise.all(kinds.map((kind) => playAll(kind, cases)));
process.stdout.write(`${JSON.stringify(subjects)}\n`);
