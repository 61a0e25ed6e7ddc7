/**
 * Waves of clients that are slow on purpose. Each is cut within the configured time, and those who are not slow hardly
 * wait longer than without them: calm and wave are measured by turns, in one run.
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { startAmbassador } from './ambassador-process.ts';
import { call, ScopedAgent } from './clients.ts';
import { createFailureLog } from './failures.ts';
import { findFreePort, listenOnLoopback } from './loopback.ts';
import { measureCapacity, startOpenLoad } from './open-load.ts';
import { SLOW_TIMEOUTS } from './slow-clients.ts';
import { sendSlowWave } from './slow-wave.ts';

const WAVES = 3;
const CALM_MS = 4_000;
/** Of what the machine sustains, so that good clients wait for the ambassador and not for each other. */
const GOOD_SHARE = 0.1;
const MAX_GOOD_REQUESTS_PER_SECOND = 400;
const GOOD_CONNECTIONS = 20;
const MAX_P99_RATIO = 2;
/** Timeouts are looked after some ten times a second. What the clients themselves were delayed by is allowed on top. */
const MAX_LATE_MS = 500;
const PART_BYTES = 262_144;
const PART_INTERVAL_MS = 50;

async function run({ count, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  const failures = createFailureLog();
  let longestReadMs = 0;
  const part = Buffer.alloc(PART_BYTES);
  const server = createServer((request, response) => {
    request.resume();
    if (request.url !== '/large') {
      request.once('end', () => response.end('good'));
      return;
    }
    let progressAtMs = performance.now();
    // A little at a time until nobody takes it, so that it is not the amount of data that others wait for.
    const writing = setInterval(() => {
      if (response.writableNeedDrain) return;
      response.write(part);
      progressAtMs = performance.now();
    }, PART_INTERVAL_MS);
    // Those who read nothing cannot tell when they were cut.
    response.once('close', () => {
      clearInterval(writing);
      longestReadMs = Math.max(longestReadMs, performance.now() - progressAtMs);
    });
  });
  await using upstream = await listenOnLoopback(server);
  const port = await findFreePort();
  await using ambassador = await startAmbassador({
    listeners: [{ name: 'main', host: '127.0.0.1', port, upstream: 'app' }],
    upstreams: { app: { port: upstream.port, poolSize: 2_000 } },
    limits: { maxConnections: 10_000, maxInFlight: 10_000 },
    timeouts: SLOW_TIMEOUTS,
    accessLog: false,
  });
  // By turns, so that none lies idle for long.
  using agent = new ScopedAgent({ keepAlive: true, maxSockets: GOOD_CONNECTIONS, scheduling: 'fifo' });
  let latencies: number[] = [];
  const send = async () => {
    const startedAtMs = performance.now();
    try {
      const { status, body } = await call({ port, agent, path: '/' });
      if (status !== 200 || body.toString() !== 'good') failures.add('good client', `status ${status}`);
    } catch (error) {
      failures.add('good client', error);
    }
    latencies.push(performance.now() - startedAtMs);
  };
  const capacity = await measureCapacity(CALM_MS / 2, send);
  const requestsPerSecond = Math.min(MAX_GOOD_REQUESTS_PER_SECOND, Math.ceil(capacity * GOOD_SHARE));
  const load = startOpenLoad(requestsPerSecond, send);
  let allowedLateMs = MAX_LATE_MS;
  const takeP99 = () => {
    const sorted = latencies.sort((left, right) => left - right);
    latencies = [];
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  };
  await sleep(CALM_MS, undefined, { signal });

  const waves: { readonly calmP99Ms: number; readonly waveP99Ms: number }[] = [];
  const lateMs: Record<string, number> = {};
  for (let wave = 1; wave <= WAVES; wave += 1) {
    takeP99();
    await sleep(CALM_MS, undefined, { signal });
    const calmP99Ms = takeP99();
    const { cut, delayedMs } = await sendSlowWave({ count, port });
    const waveP99Ms = takeP99();
    const allowedMs = MAX_LATE_MS + delayedMs;
    allowedLateMs = Math.max(allowedLateMs, allowedMs);
    for (const { kind, limitMs, lateMs: late } of cut) {
      lateMs[kind] = Math.round(Math.max(lateMs[kind] ?? 0, late));
      if (late > allowedMs) failures.add(kind, `was cut ${Math.round(late)} ms after its ${limitMs} ms`);
    }
    waves.push({ calmP99Ms: round(calmP99Ms), waveP99Ms: round(waveP99Ms) });
    note(`wave ${wave}: p99 ${calmP99Ms.toFixed(2)} ms when calm, ${waveP99Ms.toFixed(2)} ms in the wave`);
  }
  await load.stop();
  const inFlight = await ambassador.metric('ambassador_requests_in_flight');
  if (inFlight !== 0) failures.add('in flight', `the metric says ${inFlight} when nothing is`);
  const readLimitMs = SLOW_TIMEOUTS.idleTimeoutMs + allowedLateMs;
  if (longestReadMs === 0 || longestReadMs > readLimitMs)
    failures.add('reads nothing', `held its answer for ${Math.round(longestReadMs)} ms`);
  // What else the machine does only ever adds to a wait, and not to every wave: the best wave beside the usual calm.
  const calm = waves.map(({ calmP99Ms }) => calmP99Ms).sort((left, right) => left - right);
  const usualCalmMs = calm[Math.floor(WAVES / 2)] ?? Number.NaN;
  const ratio = Math.min(...waves.map(({ waveP99Ms }) => waveP99Ms)) / usualCalmMs;
  if (!(ratio <= MAX_P99_RATIO)) failures.add('good clients suffer', `their p99 is ${ratio.toFixed(2)} times as long`);
  return {
    ...failures.summarize(),
    goodRequests: load.sent,
    goodRequestsPerSecond: requestsPerSecond,
    allowedLateMs: Math.round(allowedLateMs),
    p99Ratio: round(ratio),
    waves,
    cutLateMs: { ...lateMs, 'reads nothing': Math.round(longestReadMs - SLOW_TIMEOUTS.idleTimeoutMs) },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export const slowlorisCampaign: Campaign = {
  name: 'ambassador-slowloris',
  summary: 'sends waves of clients that are slow on purpose: each is cut in time, and the others hardly notice',
  unit: 'slow clients at once',
  count: 1_000,
  testCount: 120,
  run,
};
