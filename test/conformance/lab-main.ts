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
import { startUpstream, type TestUpstream, type UpstreamKind } from './upstream.ts';

const UPSTREAMS: readonly UpstreamKind[] = ['strict', 'believes-length'];

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
    const { outcome, happened } = await playAtEach(each, upstream, start).catch((error) => fail(String(error)));
    const { id, variant, level, rule, expected } = each;
    results.push({ id, variant, level, rule, expected, outcome, happened });
    if (outcome !== 'pass') process.stderr.write(`${kind.name}: ${id} ${variant}: ${outcome}: ${happened}\n`);
  }
  return { name: kind.name, version: await kind.version(), results };
}

/** At one upstream after the other; the worst counts, so the first failure is the last play. */
async function playAtEach(
  each: ConformanceCase,
  upstream: TestUpstream,
  start: (setup: Setup) => Promise<Subject>,
): Promise<Verdict> {
  let worst: Verdict | undefined;
  for (const kind of each.upstreams ?? UPSTREAMS) {
    const { outcome, happened } = await playAt(kind, each, upstream, start);
    const verdict = { outcome, happened: `${kind} upstream; ${happened}` };
    if (outcome === 'fail') return verdict;
    if (worst === undefined || outcome === 'differs') worst = verdict;
  }
  return worst ?? fail('it was not played');
}

async function playAt(
  kind: UpstreamKind,
  each: ConformanceCase,
  upstream: TestUpstream,
  start: (setup: Setup) => Promise<Subject>,
): Promise<Verdict> {
  const subject = await start(each.setup ?? 'plain');
  await upstream.reset();
  upstream.kind = kind;
  // A proxy that ends while it is played with takes no further connection: then that is what happened.
  const verdict = await each.play({ subject, upstream }).catch((error) => fail(String(error)));
  await upstream.reset();
  return (await subject.isServing()) ? verdict : fail(`the process ended: ${subject.lastWords()}`);
}

const [program = '', only = '', id = ''] = process.argv.slice(2);
const kinds = [ambassador(program), haproxy, nginx, bareHttpProxy].filter(({ name }) => only === '' || name === only);
const cases = CASES.filter((each) => id === '' || each.id === id);
// Side by side: most of the time each of them waits for something that must not come.
const subjects = await Promise.all(kinds.map((kind) => playAll(kind, cases)));
process.stdout.write(`${JSON.stringify(subjects)}\n`);
