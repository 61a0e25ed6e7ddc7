/** --webhook-url: tells an HTTP server of the commit that is published. */
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { WebhookConfig } from './config-hooks.ts';

/** Throws an AppError `WEBHOOK_FAILED`, which names the server only: the rest of the URL may be a secret. */
export async function callWebhook(webhook: WebhookConfig, hash: string, signal: AbortSignal): Promise<void> {
  const { url, method, successStatus, timeoutMs } = webhook;
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(url, { method, headers: { 'Gitsync-Hash': hash }, signal: limited });
    await response.body?.cancel();
    if (successStatus === 0 || response.status === successStatus) return;
    throw new Error(`it answered with status ${response.status} and not ${successStatus}`);
  } catch (cause) {
    signal.throwIfAborted();
    const reason = `the webhook at ${new URL(url).host} failed: ${describeError(cause)}`;
    throw new AppError('WEBHOOK_FAILED', reason, 'Check the server of --webhook-url, and --webhook-success-status.');
  }
}
