/**
 * Bodies larger than any memory, and peers that hardly read: they pass byte for byte, and the ambassador's memory hardly
 * moves, because it reads no faster than the other side takes.
 */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { startAmbassador } from './ambassador-process.ts';
import { createFailureLog } from './failures.ts';
import { findFreePort, listenOnLoopback } from './loopback.ts';

const MIB = 1_048_576;
const MAX_GROWTH_BYTES = 32 * MIB;
const SAMPLE_INTERVAL_MS = 25;
const WARM_UP_BYTES = 64 * MIB;
/** A body that is read slowly is this part of the large one, and read slowly for so long. */
const SLOW_SHARE = 1 / 16;
const SLOW_MS = 3_000;
const SLOW_PAUSE_MS = 10;

/** Every byte depends on its place, so that one that is lost, doubled or moved is noticed. */
const PATTERN = Buffer.from(Array.from({ length: 65_521 }, (_, index) => (index * 31 + (index >> 8)) % 256));
const PATTERNS = Buffer.concat([PATTERN, PATTERN]);

type Framing = 'length' | 'chunked';

interface Transfer {
  readonly name: string;
  readonly direction: 'upload' | 'download';
  readonly framing: Framing;
  readonly isSlow: boolean;
}

const TRANSFERS: readonly Transfer[] = [
  { name: 'upload', direction: 'upload', framing: 'length', isSlow: false },
  { name: 'download', direction: 'download', framing: 'length', isSlow: false },
  { name: 'chunkedUploadToSlowReader', direction: 'upload', framing: 'chunked', isSlow: true },
  { name: 'chunkedDownloadBySlowReader', direction: 'download', framing: 'chunked', isSlow: true },
];

async function run({ count, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  const failures = createFailureLog();
  await using upstream = await listenOnLoopback(createBodyServer());
  const port = await findFreePort();
  await using ambassador = await startAmbassador(
    {
      listeners: [{ name: 'main', host: '127.0.0.1', port, upstream: 'app' }],
      upstreams: { app: { port: upstream.port } },
    },
    { hasInspector: true },
  );
  using inspector = await ambassador.inspect();
  for (const warmUp of TRANSFERS) await transfer(port, { ...warmUp, isSlow: false }, WARM_UP_BYTES);
  await inspector.collectGarbage();
  const baselineBytes = await inspector.rssBytes();

  const figures: Record<string, unknown> = {};
  for (const planned of TRANSFERS) {
    signal.throwIfAborted();
    const bytes = Math.max(16 * MIB, Math.floor(count * MIB * (planned.isSlow ? SLOW_SHARE : 1)));
    const startedAtMs = performance.now();
    const outcome = await peakWhile(transfer(port, planned, bytes), () => inspector.rssBytes());
    const growthBytes = outcome.peakBytes - baselineBytes;
    if (outcome.trouble !== undefined) failures.add(planned.name, outcome.trouble);
    if (growthBytes > MAX_GROWTH_BYTES)
      failures.add(planned.name, `the memory grew by ${growthBytes} bytes, ${MAX_GROWTH_BYTES} may be`);
    const seconds = (performance.now() - startedAtMs) / 1_000;
    figures[planned.name] = { bytes, seconds: Math.round(seconds * 10) / 10, rssGrowthBytes: growthBytes };
    note(`${planned.name}: ${bytes} bytes in ${seconds.toFixed(1)} s, memory grew by ${growthBytes} bytes`);
  }
  return { ...failures.summarize(), baselineRssBytes: baselineBytes, ...figures };
}

/** The most that was measured until the work was done; the first measurement is made when it has begun. */
async function peakWhile(work: Promise<void>, measure: () => Promise<number>) {
  const over = new AbortController();
  let trouble: unknown;
  const done = work.catch((error: unknown) => (trouble = error)).finally(() => over.abort());
  let peakBytes = 0;
  while (!over.signal.aborted) {
    peakBytes = Math.max(peakBytes, await measure());
    await Promise.race([done, sleep(SAMPLE_INTERVAL_MS)]);
  }
  return { peakBytes, trouble };
}

async function transfer(port: number, { direction, framing, isSlow }: Transfer, bytes: number): Promise<void> {
  const isUpload = direction === 'upload';
  const sent = request({
    host: '127.0.0.1',
    port,
    agent: false,
    method: isUpload ? 'POST' : 'GET',
    path: `/?bytes=${bytes}&framing=${framing}&slow=${isSlow}`,
    headers: isUpload && framing === 'length' ? { 'content-length': bytes } : {},
  });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  const written = isUpload ? writePattern(sent, bytes) : sent.end();
  const [response] = await answered;
  await written;
  if (response.statusCode !== 200) throw new Error(`the status was ${response.statusCode}`);
  await readPattern(response, isUpload ? 0 : bytes, isSlow);
}

/** Answers a POST once its body was read and was right; a GET with a body of that many bytes. */
function createBodyServer() {
  return createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://upstream');
    const bytes = Number(searchParams.get('bytes'));
    if (request.method === 'GET') {
      if (searchParams.get('framing') === 'length') response.setHeader('content-length', bytes);
      writePattern(response, bytes).catch(() => response.destroy());
      return;
    }
    readPattern(request, bytes, searchParams.get('slow') === 'true').then(
      () => response.end(),
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
}

async function writePattern(stream: Writable, bytes: number): Promise<void> {
  const closed = new AbortController();
  stream.once('close', () => closed.abort());
  for (let written = 0; written < bytes; written += PATTERN.length) {
    const part = PATTERN.subarray(0, Math.min(PATTERN.length, bytes - written));
    if (!stream.write(part)) await once(stream, 'drain', { signal: closed.signal });
  }
  stream.end();
}

async function readPattern(stream: IncomingMessage, expectedBytes: number, isSlow: boolean): Promise<void> {
  const slowUntilMs = performance.now() + (isSlow ? SLOW_MS : 0);
  let read = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += PATTERN.length) {
      const part = chunk.subarray(at, at + PATTERN.length);
      const place = (read + at) % PATTERN.length;
      if (!part.equals(PATTERNS.subarray(place, place + part.length)))
        throw new Error(`what came from byte ${read + at} on is not what was sent`);
    }
    read += chunk.length;
    if (performance.now() < slowUntilMs) await sleep(SLOW_PAUSE_MS);
  }
  if (read !== expectedBytes) throw new Error(`${read} of ${expectedBytes} bytes came`);
}

export const bodiesCampaign: Campaign = {
  name: 'ambassador-bodies',
  summary: 'sends large bodies both ways, and some to slow readers: all bytes arrive, memory grows by 32 MiB at most',
  unit: 'MiB in each direction',
  count: 4_096,
  testCount: 256,
  run,
};
