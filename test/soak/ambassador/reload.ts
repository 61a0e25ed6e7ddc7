/**
 * The configuration changes again and again under load. Each change is a real one and takes effect, which the answers
 * themselves show; no request, download or WebSocket notices anything else of it.
 */
import type { Agent } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { startAmbassador } from './ambassador-process.ts';
import { call, open, ScopedAgent } from './clients.ts';
import { createFailureLog, type FailureLog } from './failures.ts';
import { findFreePort, listenOnLoopback } from './loopback.ts';
import { measureCapacity, startOpenLoad } from './open-load.ts';
import { createOrderLog, type Arrivals } from './order-log.ts';
import { reconcile, sendOrder } from './orders.ts';
import { configOf, hasExtraListener, upstreamOf } from './reload-versions.ts';
import { startDownloads, startEchoTalk } from './talks.ts';

const WANTED_REQUESTS_PER_SECOND = 2_000;
/** Of what the machine sustains, since the changes need time as well. */
const LOAD_SHARE = 0.5;
const WEB_SOCKETS = 50;
const DOWNLOADS = 20;
/** Ten seconds each in full. */
const DOWNLOAD_MS = { perChange: 10, least: 1_000, most: 10_000 };
/** One request that outlives the listener it came through. */
const LEFT_BEHIND_MS = 100;

async function run({ count, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  const failures = createFailureLog();
  const arrivals: Arrivals = new Map();
  await using a = await listenOnLoopback(createOrderLog('a', arrivals));
  await using b = await listenOnLoopback(createOrderLog('b', arrivals));
  const ports = { main: await findFreePort(), extra: await findFreePort(), upstreams: { a: a.port, b: b.port } };
  await using ambassador = await startAmbassador(configOf(0, ports));
  using agent = new ScopedAgent({ keepAlive: true, maxSockets: 256 });
  using ownAgent = new ScopedAgent({ keepAlive: true });
  const versions = { written: 0, inForce: 0 };
  const answered: number[] = [];
  let orders = 0;
  const send = () => sendOrder((orders += 1), { port: ports.main, agent, versions, answered, failures });

  const capacity = await measureCapacity(2_000, send);
  const requestsPerSecond = Math.min(WANTED_REQUESTS_PER_SECOND, Math.floor(capacity * LOAD_SHARE));
  note(`${capacity} requests/s are possible, ${requestsPerSecond} are sent`);

  const talks = await Promise.all(
    Array.from({ length: WEB_SOCKETS }, (_, index) => startEchoTalk(ports.main, `socket ${index}`, failures)),
  );
  const downloadMs = Math.min(DOWNLOAD_MS.most, Math.max(DOWNLOAD_MS.least, count * DOWNLOAD_MS.perChange));
  const downloads = Array.from({ length: DOWNLOADS }, () => startDownloads(ports.main, ownAgent, downloadMs, failures));
  const leftBehind: { readonly ended: Promise<void> }[] = [];
  const load = startOpenLoad(requestsPerSecond, send);
  const startedAtMs = performance.now();
  for (let version = 1; version <= count; version += 1) {
    signal.throwIfAborted();
    if (hasExtraListener(version - 1)) leftBehind.push(await beginThrough(ports.extra, failures));
    versions.written = version;
    await ambassador.configure(configOf(version, ports));
    versions.inForce = version;
    await probe(version, { port: ports.main, agent: ownAgent, failures });
    if (version % 100 === 0) note(`${version} changes, ${load.sent} requests, ${failures.count} failures`);
  }
  const changeMs = (performance.now() - startedAtMs) / count;
  await Promise.all([load.stop(), ...leftBehind.map(({ ended }) => ended), ...talks.map((talk) => talk.stop())]);
  await Promise.all(downloads.map((download) => download.stop()));

  const seen = await ambassador.metric('ambassador_config_reloads_total', { result: 'success' });
  if (seen !== count) failures.add('change not counted', `the metric says ${seen}, not ${count}`);
  reconcile(answered, arrivals, failures);
  return {
    ...failures.summarize(),
    reloads: seen,
    millisecondsPerReload: Math.round(changeMs * 10) / 10,
    possibleRequestsPerSecond: capacity,
    requestsPerSecond,
    requests: load.sent,
    answered: answered.length,
    arrived: arrivals.size,
    webSockets: WEB_SOCKETS,
    webSocketMessages: talks.reduce((sum, { done }) => sum + done, 0),
    downloads: downloads.reduce((sum, { done }) => sum + done, 0),
    requestsThroughRemovedListeners: leftBehind.length,
  };
}

/** What is asked once a change is in force is answered by it. */
async function probe(
  version: number,
  { port, agent, failures }: { port: number; agent: Agent; failures: FailureLog },
): Promise<void> {
  const { headers } = await call({ port, agent, path: '/wait?ms=0' });
  const seen = `${String(headers['x-config-version'])} at upstream ${String(headers['x-upstream'])}`;
  const expected = `${version} at upstream ${upstreamOf(version)}`;
  if (seen !== expected) failures.add('change without effect', `the answer shows ${seen}, not ${expected}`);
}

/** A request on a connection of its own that has reached its upstream when this resolves; the inner promise is its end. */
async function beginThrough(port: number, failures: FailureLog): Promise<{ ended: Promise<void> }> {
  const agent = new ScopedAgent();
  const response = await open({ port, agent, path: `/wait?ms=${LEFT_BEHIND_MS}` });
  const ended = (async () => {
    try {
      const body = await text(response);
      if (body !== 'waited') failures.add('removed listener', `the body was "${body}"`);
    } catch (error) {
      failures.add('removed listener', error);
    } finally {
      agent.destroy();
    }
  })();
  return { ended };
}

export const reloadCampaign: Campaign = {
  name: 'ambassador-reload',
  summary: 'changes the configuration under load: no request fails, no WebSocket drops, every change takes effect',
  unit: 'changes of the configuration',
  count: 1_000,
  testCount: 60,
  run,
};
