/**
 * Clients that leave in the middle, and upgrades that come to nothing, thousands of times: the upstream is told at once,
 * and afterwards the ambassador holds no descriptor and no memory of any of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { ABORT_KINDS, UPGRADE_KINDS } from './abort-kinds.ts';
import { startAmbassador } from './ambassador-process.ts';
import { createFailureLog, type FailureLog } from './failures.ts';
import type { Inspector, ProcessFigures } from './inspector.ts';
import { findFreePort, listenOnLoopback } from './loopback.ts';
import { createPatientUpstream, type PatientUpstream } from './patient-upstream.ts';

const AT_ONCE = 40;
/** Done before the baseline is taken, so that what is made once, such as compiled code, is not taken for a leak. */
const WARM_UP_ROUNDS = 2_000;
const MAX_NOTICE_MS = 1_000;
/** After that it counts as never noticed. */
const NOTICE_TIMEOUT_MS = 10_000;
const SETTLE_TIMEOUT_MS = 10_000;
/** 100 bytes for each of 10,000: nothing that is kept for a request is smaller. */
const MAX_HEAP_GROWTH_BYTES = 1_000_000;
const UPGRADES_SHARE = 0.1;

async function run({ count, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  const failures = createFailureLog();
  const upstream = createPatientUpstream();
  await using opened = await listenOnLoopback(upstream.server);
  const port = await findFreePort();
  await using ambassador = await startAmbassador(
    {
      listeners: [{ name: 'main', host: '127.0.0.1', port, upstream: 'app' }],
      upstreams: { app: { port: opened.port, retries: 0 } },
    },
    { hasInspector: true },
  );
  using inspector = await ambassador.inspect();
  let slowestNoticeMs = 0;
  let round = 0;
  const repeat = async (times: number, kinds: typeof ABORT_KINDS) => {
    const last = round + times;
    const loops = Array.from({ length: AT_ONCE }, async () => {
      while (round < last) {
        signal.throwIfAborted();
        const kind = kinds[round % kinds.length];
        round += 1;
        if (round % 1_000 === 0) note(`${round} clients left, ${failures.count} failures`);
        const noticeMs = await leave(kind, { port, id: String(round), upstream, failures });
        slowestNoticeMs = Math.max(slowestNoticeMs, noticeMs);
      }
    });
    await Promise.all(loops);
  };
  const upgrades = Math.ceil(count * UPGRADES_SHARE);
  await repeat(Math.min(WARM_UP_ROUNDS, count), [...ABORT_KINDS, ...UPGRADE_KINDS]);
  const before = await settle(inspector, upstream);
  await repeat(count, ABORT_KINDS);
  await repeat(upgrades, UPGRADE_KINDS);
  const after = await settle(inspector, upstream, before.descriptors);
  if (after.descriptors > before.descriptors)
    failures.add('descriptors', `${after.descriptors} are open, ${before.descriptors} were before`);
  const heapGrowthBytes = after.heapBytes - before.heapBytes;
  if (heapGrowthBytes > MAX_HEAP_GROWTH_BYTES)
    failures.add('heap', `it grew by ${heapGrowthBytes} bytes, ${MAX_HEAP_GROWTH_BYTES} may be`);
  const inFlight = await ambassador.metric('ambassador_requests_in_flight');
  if (inFlight !== 0) failures.add('in flight', `the metric says ${inFlight} when nothing is`);
  const tunnels = await ambassador.metric('ambassador_tunnels_open');
  if (tunnels !== 0) failures.add('tunnels', `the metric says ${tunnels} are open when none is`);
  return {
    ...failures.summarize(),
    aborts: count,
    failedUpgrades: upgrades,
    slowestNoticeMs: Math.round(slowestNoticeMs),
    heapGrowthBytes,
    heapBytes: after.heapBytes,
    descriptorsBefore: before.descriptors,
    descriptorsAfter: after.descriptors,
    rssGrowthBytes: after.rssBytes - before.rssBytes,
  };
}

interface Round {
  readonly port: number;
  readonly id: string;
  readonly upstream: PatientUpstream;
  readonly failures: FailureLog;
}

/** Lets one client leave, and returns how long the upstream did not know. */
async function leave(
  kind: (typeof ABORT_KINDS)[number] | undefined,
  { port, id, upstream, failures }: Round,
): Promise<number> {
  if (kind === undefined) return 0;
  const visit = upstream.expect(id);
  try {
    await kind.visit({ port, id, arrived: visit.arrived });
  } catch (error) {
    failures.add(kind.name, error);
    return 0;
  }
  const leftAtMs = performance.now();
  const deadline = new AbortController();
  const late = sleep(NOTICE_TIMEOUT_MS, undefined, { signal: deadline.signal }).catch(() => undefined);
  await Promise.race([visit.gone, late]);
  deadline.abort();
  const noticeMs = performance.now() - leftAtMs;
  if (noticeMs > MAX_NOTICE_MS) failures.add(kind.name, `the upstream knew after ${Math.round(noticeMs)} ms`);
  upstream.forget(id);
  return noticeMs;
}

/** What is in use when nothing is under way and no connection is kept: waits until it is no more than `descriptors`. */
async function settle(
  inspector: Inspector,
  upstream: PatientUpstream,
  descriptors = Number.POSITIVE_INFINITY,
): Promise<ProcessFigures> {
  upstream.server.closeAllConnections();
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  let last: ProcessFigures | undefined;
  for (;;) {
    // The second one frees what the finalizers of the first let go of.
    await inspector.collectGarbage();
    await inspector.collectGarbage();
    const now = await inspector.figures();
    const isSteady = now.descriptors <= descriptors && now.descriptors === last?.descriptors;
    if (isSteady || performance.now() > deadline) return now;
    last = now;
    await sleep(250);
  }
}

export const abortsCampaign: Campaign = {
  name: 'ambassador-aborts',
  summary: 'lets clients leave in the middle: the upstream knows within a second, and nothing is left of them',
  unit: 'clients that leave (and a tenth as many upgrades that fail)',
  count: 10_000,
  testCount: 600,
  run,
};
