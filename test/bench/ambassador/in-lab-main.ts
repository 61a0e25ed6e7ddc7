/**
 * Runs in the lab, on two cores: the proxy that is measured has core 0 for itself; the load, the upstream and whoever
 * takes its log share core 1. Short rounds go by turns through all subjects, so that what changes on the machine changes
 * for all, and the median counts. Prints one JSON object on stdout; progress goes to stderr.
 * Arguments: the bundle of the ambassador, then node's flags.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { runWrk, type WrkFigures } from './run-wrk.ts';
import { startSubject, type RunningSubject } from './start-subject.ts';
import { createSubjects, DIRECT, UPSTREAM_PORT, upstream } from './subjects.ts';

const SIZES = { '1KiB': 1_024, '64KiB': 65_536, '1MiB': 1_048_576 } as const;
const CONNECTIONS = [1, 64];
const ROUNDS = 5;
const ROUND_SECONDS = 1;
const WARM_UP_SECONDS = 1;
const WWW_FOLDER = '/tmp/www';

const [program = '', ...nodeFlags] = process.argv.slice(2);
const subjects = createSubjects(program, nodeFlags);
execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', '1', String(process.pid)], { stdio: 'ignore' });
mkdirSync(WWW_FOLDER);
for (const [name, bytes] of Object.entries(SIZES)) writeFileSync(`${WWW_FOLDER}/${name}`, 'x'.repeat(bytes));
await using direct = await startSubject(upstream(WWW_FOLDER), 1);

const results = [];
for (const size of Object.keys(SIZES)) {
  for (const connections of CONNECTIONS) results.push(...(await measureCase(size, connections)));
}

interface Entry {
  readonly name: string;
  readonly hasAccessLog: boolean;
  readonly port: number;
  readonly running: RunningSubject;
  readonly rounds: WrkFigures[];
}

async function measureCase(size: string, connections: number) {
  const name = `${size}, ${connections} connection${connections === 1 ? '' : 's'}`;
  await using stack = new AsyncDisposableStack();
  const entries: Entry[] = [];
  for (const subject of subjects) {
    const running = stack.use(await startSubject(subject, 0));
    entries.push({ ...subject, running, rounds: [] });
  }
  entries.unshift({ name: DIRECT, hasAccessLog: false, port: UPSTREAM_PORT, running: direct, rounds: [] });
  const measure = (entry: Entry, seconds: number) =>
    runWrk({ url: `http://127.0.0.1:${entry.port}/${size}`, connections, seconds });
  for (const entry of entries) await measure(entry, WARM_UP_SECONDS);
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const entry of entries) entry.rounds.push(await measure(entry, ROUND_SECONDS));
    process.stderr.write(`${name}: round ${round} of ${ROUNDS}\n`);
  }
  const haproxy = (hasAccessLog: boolean) =>
    entries.find((entry) => entry.name === 'haproxy' && entry.hasAccessLog === hasAccessLog)?.rounds ?? [];
  return entries.map((entry) => {
    const requestsPerSecond = median(entry.rounds, (figures) => figures.requestsPerSecond);
    const ofHaproxy = median(haproxy(entry.hasAccessLog), (figures) => figures.requestsPerSecond);
    const row = {
      case: name,
      accessLog: entry.hasAccessLog,
      subject: entry.name,
      requestsPerSecond: Math.round(requestsPerSecond),
      ratioToHaproxy: round(requestsPerSecond / ofHaproxy, 3),
      p50Ms: round(
        median(entry.rounds, (figures) => figures.p50Ms),
        3,
      ),
      p99Ms: round(
        median(entry.rounds, (figures) => figures.p99Ms),
        3,
      ),
      rssBytes: entry.running.peakRssBytes(),
    };
    process.stderr.write(`${JSON.stringify(row)}\n`);
    return row;
  });
}

function median(rounds: readonly WrkFigures[], value: (figures: WrkFigures) => number): number {
  const sorted = rounds.map(value).sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

const environment = {
  ...Object.fromEntries(subjects.map(({ name, version }) => [name, version()])),
  cpu: `${cpus()[0]?.model}; core 0 for the subject, core 1 for the load (wrk), the upstream (nginx) and who takes the log`,
  rounds: `${ROUNDS} of ${ROUND_SECONDS} s, by turns through all subjects; median. rssBytes: the most it had, its children included`,
  log: 'one line a request: haproxy and ours to a pipe that is emptied, nginx to a file in memory',
  notes:
    'direct is the upstream without a proxy; all Node programs run on the same node; ratioToHaproxy is to the row of haproxy with the same access log',
};
process.stdout.write(`${JSON.stringify({ environment, results })}\n`);
