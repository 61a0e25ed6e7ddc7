/**
 * POST /push: the webhook of a Git server says that something was pushed. It is a hint to look now, and no more: what it
 * says is not read, only who says it. So a copied request does no harm but a poll, and there is a limit on those.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import { readSecretFile } from './credentials.ts';
import type { Metrics } from './metrics.ts';

export interface PushReceiverOptions {
  /** Read for each request, so that a Secret may change. */
  readonly secretFile: string;
  /** Called soon after a good request, once for all that came meanwhile. */
  readonly onPush: () => void;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'countPush'>;
  /** A clock that is never set back, in milliseconds. */
  readonly clockMs: () => number;
}

/** GitHub sends no more than this. */
const MAX_BODY_BYTES = 25 * 2 ** 20;
const DEBOUNCE_MS = 50;
/** This many requests at once, and then this many a second. */
const BURST = 20;
const PER_SECOND = 5;
/** What GitHub, Gitea and Forgejo, and Gogs call it; the first with `sha256=` before the digits. */
const SIGNATURE_HEADERS = ['x-hub-signature-256', 'x-gitea-signature', 'x-forgejo-signature', 'x-gogs-signature'];

/** Answers 202 to a request that is signed with the secret (HMAC-SHA256 of the body), and 4xx to all others. */
export function createPushReceiver(options: PushReceiverOptions): RequestListener {
  const { log, metrics } = options;
  const isAllowed = createLimit(options.clockMs);
  let timer: NodeJS.Timeout | undefined;

  async function judge(request: IncomingMessage): Promise<[number, string]> {
    const path = request.url?.split('?')[0];
    if (path !== '/push') return [404, 'no such path: try POST /push'];
    if (request.method !== 'POST') return [405, 'only POST'];
    if (!isAllowed()) return [429, 'too many requests'];
    const given = readSignature(request);
    if (given === undefined) return [401, 'no signature: set the secret of the webhook'];
    const secret = await readSecretFile(options.secretFile, 'PUSH_SECRET_UNREADABLE');
    if (secret === '') return [503, 'the secret is empty'];
    const expected = await digestBody(request, secret);
    if (expected === undefined) return [413, 'the body is too large'];
    return timingSafeEqual(given, expected) ? [202, 'will sync'] : [403, 'the signature is wrong'];
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [status, text] = await judge(request).catch((error: unknown): [number, string] => {
      log.error({ reason: describeError(error) }, 'could not judge a push');
      return [503, 'cannot judge the signature'];
    });
    const isAccepted = status === 202;
    metrics.countPush(isAccepted ? 'accepted' : status === 429 ? 'limited' : 'refused');
    if (isAccepted) log.info({ client_address: request.socket.remoteAddress }, 'push received');
    else log.debug({ status, reason: text, client_address: request.socket.remoteAddress }, 'push refused');
    if (isAccepted) timer ??= setTimeout(ring, DEBOUNCE_MS);
    // What was not read would be taken for the next request.
    const headers = isAccepted ? {} : { connection: 'close' };
    response.writeHead(status, headers).end(`${text}\n`);
  }

  function ring(): void {
    timer = undefined;
    options.onPush();
  }

  return (request, response) => void answer(request, response);
}

function readSignature({ headers }: IncomingMessage): Buffer | undefined {
  const written = SIGNATURE_HEADERS.map((name) => headers[name]).find((value) => value !== undefined);
  const digits = /^(?:sha256=)?(?<digits>[0-9a-f]{64})$/i.exec(String(written))?.groups?.['digits'];
  return digits === undefined ? undefined : Buffer.from(digits, 'hex');
}

async function digestBody(request: IncomingMessage, secret: string): Promise<Buffer | undefined> {
  const hmac = createHmac('sha256', secret);
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    hmac.update(chunk);
  }
  return hmac.digest();
}

/** A bucket that holds BURST requests and is filled again at PER_SECOND. */
function createLimit(clockMs: () => number): () => boolean {
  let left = BURST;
  let lastMs = clockMs();
  return () => {
    const nowMs = clockMs();
    left = Math.min(BURST, left + ((nowMs - lastMs) / 1_000) * PER_SECOND);
    lastMs = nowMs;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
