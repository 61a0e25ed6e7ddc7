/** One call to the API server: attempts with a limit each, until it succeeds or its time is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { statusError, unreachableError, type KubeApiError } from './kube-errors.ts';
import { retryDelayMs } from './retry.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

export interface Limits {
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly text: string;
  readonly headers: HttpResponse['headers'];
}

/** Sends until it succeeds, fails for good, or the time is over; throws a KubeApiError, or the signal's reason. */
export async function sendWithRetries(transport: Transport, request: HttpRequest, limits: Limits): Promise<Answer> {
  const { timeoutMs, attemptTimeoutMs, signal } = limits;
  const what = `${request.method} ${request.path}`;
  const deadline = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    const remainingMs = Math.max(1, Math.round(deadline - performance.now()));
    const attemptMs = Math.min(attemptTimeoutMs, remainingMs);
    const { answer, error, retryAfter } = await sendOnce(transport, request, what, signal, attemptMs);
    if (answer !== undefined) return answer;
    signal.throwIfAborted();
    const { status, message, causes } = error;
    const isContention = status === 409 && request.method === 'PATCH' && causes.length === 0;
    // Quotas, Pod Security and others that refuse an object do not name who asked.
    const isAccessDenied = status === 403 && / is forbidden: User ".*" cannot /.test(error.serverMessage);
    const failure = { status, message, isContention, isAccessDenied, retryAfter };
    const delayMs = retryDelayMs(failure, attempt, Math.random);
    if (delayMs === undefined || performance.now() + delayMs >= deadline) throw error;
    await sleep(delayMs, undefined, { signal });
  }
}

type Outcome =
  | { readonly answer: Answer; readonly error?: undefined; readonly retryAfter?: undefined }
  | { readonly answer?: undefined; readonly error: KubeApiError; readonly retryAfter?: string | undefined };

async function sendOnce(
  transport: Transport,
  request: HttpRequest,
  what: string,
  signal: AbortSignal,
  attemptTimeoutMs: number,
): Promise<Outcome> {
  try {
    const response = await transport.send(request, AbortSignal.any([signal, AbortSignal.timeout(attemptTimeoutMs)]));
    const text = await response.text();
    if (response.status >= 200 && response.status < 300) return { answer: { text, headers: response.headers } };
    return { error: statusError(what, response.status, text), retryAfter: response.headers['retry-after'] };
  } catch (error) {
    return { error: unreachableError(what, transport.server, error) };
  }
}
