/**
 * Runs in the lab, on two cores: the program that is measured has core 0 for itself, this one feeds it and takes its
 * output on core 1. Rounds are interleaved, so that what changes on the machine changes for all, and the median counts.
 * Prints one JSON object on stdout; progress goes to stderr. Arguments: the bundle of log-adapter, then node's flags.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { CASES, type Case } from './cases.ts';
import { measureReadLoop, measureSubject, type Measurement } from './measure.ts';
import { createSubjects } from './subjects.ts';

const ROUNDS = 3;
const LOG_FILE = '/tmp/events.log';

const [program = '', ...nodeFlags] = process.argv.slice(2);
const subjects = createSubjects(program, nodeFlags);
execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', '1', String(process.pid)], { stdio: 'ignore' });

const results = [];
for (const entry of CASES) {
  const bytes = writeLog(entry);
  const able = subjects.filter(({ files }) => files({ folder: '/tmp', logFile: LOG_FILE }, entry.name) !== undefined);
  const rounds = new Map<string, Measurement[]>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const subject of able) {
      const measured = await measureSubject(subject, entry, LOG_FILE);
      report(entry, round, subject.name, measured);
      rounds.set(subject.name, [...(rounds.get(subject.name) ?? []), measured]);
    }
    const measured = measureReadLoop(entry, LOG_FILE);
    report(entry, round, 'readloop', measured);
    rounds.set('readloop', [...(rounds.get('readloop') ?? []), measured]);
  }
  const speedOf = (name: string, clock: 'linesPerSecond' | 'linesPerCpuSecond' = 'linesPerSecond'): number =>
    median((rounds.get(name) ?? []).map((measured) => measured[clock]));
  for (const [subject, measured] of rounds) {
    const linesPerSecond = speedOf(subject);
    results.push({
      case: entry.name,
      subject,
      linesPerSecond: Math.round(linesPerSecond),
      mibPerSecond: round(((linesPerSecond / (entry.events * entry.linesPerEvent)) * bytes) / 2 ** 20),
      ratioToRsyslog: round(linesPerSecond / speedOf('rsyslog')),
      linesPerCpuSecond: Math.round(speedOf(subject, 'linesPerCpuSecond')),
      rssBytes: Math.max(...measured.map(({ rssBytes }) => rssBytes)),
    });
  }
  rmSync(LOG_FILE);
}

const versions = subjects.map(({ name, version }) => [name, firstLine(version).replace(/ compiled with:$/, '')]);
const environment = {
  ...Object.fromEntries(versions),
  cpu: `${cpus()[0]?.model}, core 0 for the subject, core 1 for what feeds it and takes its output`,
  rounds: `${ROUNDS}, interleaved; median of the speed, maximum of the memory`,
  logs: `${CASES.map(({ name, events, linesPerEvent }) => `${events * linesPerEvent} lines of ${name}`).join(', ')}, in memory`,
  notes:
    'all write the same fields, with the time in one form, a level and the origin; ours redacts secrets too; ' +
    'mtail counts and writes no events, and cannot join lines; readloop reads lines and does nothing',
};
process.stdout.write(`${JSON.stringify({ environment, results })}\n`);

/** Returns its size in bytes. */
function writeLog({ events, event }: Case): number {
  writeFileSync(LOG_FILE, '');
  let bytes = 0;
  for (let number = 0; number < events; number += 4_096) {
    const count = Math.min(4_096, events - number);
    const text = Array.from({ length: count }, (_, index) => event(number + index)).join('');
    appendFileSync(LOG_FILE, text);
    bytes += Buffer.byteLength(text);
  }
  return bytes;
}

function report(entry: Case, round: number, name: string, measured: Measurement): void {
  const { linesPerSecond, linesPerCpuSecond, rssBytes } = measured;
  const speed = `${Math.round(linesPerSecond)} lines/s (${Math.round(linesPerCpuSecond)} by its own clock)`;
  const text = `${speed}, ${Math.round(rssBytes / 2 ** 20)} MiB`;
  process.stderr.write(`${entry.name}, round ${round}, ${name}: ${text}\n`);
}

function firstLine([command = '', ...args]: readonly string[]): string {
  return (
    execFileSync(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .split('\n')[0] ?? ''
  ).trim();
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
