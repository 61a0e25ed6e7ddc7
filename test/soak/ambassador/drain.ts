/**
 * SIGTERM while requests are under way, some of them for long: all get their whole answer, newcomers are refused or told
 * that the connection closes, and the end is an orderly one. A second SIGTERM ends it at once.
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { startAmbassador, type AmbassadorProcess } from './ambassador-process.ts';
import { call, ScopedAgent } from './clients.ts';
import { createFailureLog, type FailureLog } from './failures.ts';
import { answerLate, takeLong } from './long-requests.ts';
import { findFreePort, listenOnLoopback } from './loopback.ts';

/** The longest of 200 requests takes a minute, and the others less, evenly spread. */
const LONGEST_MS_PER_REQUEST = 300;
const IDLE_CONNECTIONS = 20;
const KNOCK_INTERVAL_MS = 100;
/** From the end of the last request to that of the process. */
const MAX_END_MS = 2_000;
const MAX_SECOND_SIGNAL_MS = 1_000;

async function run({ count, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  const failures = createFailureLog();
  const arrivals = { count: 0 };
  const server = createServer((incoming, response) => {
    arrivals.count += 1;
    void answerLate(incoming, response).catch(() => response.destroy());
  });
  await using upstream = await listenOnLoopback(server);
  const longestMs = count * LONGEST_MS_PER_REQUEST;
  const timeoutMs = longestMs * 2 + 10_000;
  const start = (port: number) =>
    startAmbassador({
      listeners: [{ name: 'main', host: '127.0.0.1', port, upstream: 'app' }],
      upstreams: { app: { port: upstream.port, poolSize: 1_000 } },
      timeouts: { requestTimeoutMs: timeoutMs, responseTimeoutMs: timeoutMs, drainTimeoutMs: timeoutMs },
    });
  const untilArrived = async (requests: number) => {
    while (arrivals.count < requests) await sleep(10, undefined, { signal });
  };

  const port = await findFreePort();
  await using ambassador = await start(port);
  using idleAgent = new ScopedAgent({ keepAlive: true, maxSockets: IDLE_CONNECTIONS });
  await Promise.all(Array.from({ length: IDLE_CONNECTIONS }, () => call({ port, agent: idleAgent, path: '/?ms=1' })));
  arrivals.count = 0;
  const tasks = Array.from({ length: count }, (_, index) =>
    takeLong(index, { port, milliseconds: ((index + 1) / count) * longestMs, failures }),
  );
  await untilArrived(count);
  note(`${count} requests are under way, the longest for ${longestMs} ms`);
  ambassador.signal('SIGTERM');
  await untilNotReady(ambassador, failures);
  // Not before, because the kernel resets a connection that it has made, but that nobody took, when the port closes.
  const newcomers = knockUntil(ambassador.ended, { port, failures });
  await Promise.all(tasks);
  const lastEndedAtMs = performance.now();
  const exitCode = await ambassador.ended;
  const endMs = performance.now() - lastEndedAtMs;
  if (exitCode !== 0) failures.add('end', `it ended with ${exitCode}: ${ambassador.troubles.join('\n')}`);
  if (endMs > MAX_END_MS) failures.add('end', `it took ${Math.round(endMs)} ms after the last request`);
  const { refused, closed } = await newcomers;

  const secondPort = await findFreePort();
  await using impatient = await start(secondPort);
  arrivals.count = 0;
  const cut = createFailureLog();
  const unfinished = takeLong(0, { port: secondPort, milliseconds: longestMs, failures: cut });
  await untilArrived(1);
  impatient.signal('SIGTERM');
  await untilNotReady(impatient, failures);
  const secondSignalAtMs = performance.now();
  impatient.signal('SIGTERM');
  const secondExit = await impatient.ended;
  const secondSignalMs = performance.now() - secondSignalAtMs;
  await unfinished;
  if (secondExit === 0 || cut.count === 0) failures.add('second SIGTERM', `it was no end at once: ${secondExit}`);
  if (secondSignalMs > MAX_SECOND_SIGNAL_MS) failures.add('second SIGTERM', `it took ${Math.round(secondSignalMs)} ms`);
  return {
    ...failures.summarize(),
    inFlight: count,
    longestMs,
    exitCode,
    millisecondsFromLastRequestToEnd: Math.round(endMs),
    newcomersRefused: refused,
    newcomersToldToClose: closed,
    secondSignalExit: secondExit,
    secondSignalMs: Math.round(secondSignalMs),
  };
}

async function untilNotReady({ opsUrl, ended }: AmbassadorProcess, failures: FailureLog): Promise<void> {
  const hasEnded = ended.then(() => 'ended');
  for (;;) {
    const status = await fetch(`${opsUrl}/readyz`).then(
      (response) => response.status,
      () => 'unreachable',
    );
    if (status === 503) return;
    if ((await Promise.race([hasEnded, sleep(20)])) === 'ended') {
      failures.add('readiness', 'it never said that it is not ready');
      return;
    }
  }
}

/** Comes again and again as a new client, until the process has ended. */
async function knockUntil(ended: Promise<unknown>, { port, failures }: { port: number; failures: FailureLog }) {
  const counts = { refused: 0, closed: 0 };
  const over = new AbortController();
  void ended.then(() => over.abort());
  while (!over.signal.aborted) {
    using agent = new ScopedAgent({ keepAlive: true });
    try {
      const { status, headers } = await call({ port, agent, path: '/?ms=1' });
      if (status === 200 && headers.connection === 'close') counts.closed += 1;
      else failures.add('newcomer', `status ${status}, not told to close`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') counts.refused += 1;
      else failures.add('newcomer', error);
    }
    await sleep(KNOCK_INTERVAL_MS);
  }
  return counts;
}

export const drainCampaign: Campaign = {
  name: 'ambassador-drain',
  summary: 'ends it while requests are under way: all are answered in full, and a second signal ends it at once',
  unit: 'requests under way',
  count: 200,
  testCount: 20,
  run,
};
