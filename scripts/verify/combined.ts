/** All three helpers in one Pod: one request is found in what each of them writes. */
import { randomBytes, randomUUID } from 'node:crypto';
import { expectEqual, poll } from './poll.ts';
import type { VerifyContext } from './verify.ts';

const TIMEOUT_MS = 60_000;
/** For one request to be answered, and for one container to have written of it. */
const ANSWER_TIMEOUT_MS = 5_000;
const LOG_TIMEOUT_MS = 5_000;

/**
 * Sends one request with an id and a trace, and follows both through ambassador, program, nginx and adapter. Right after a
 * rollout the Pod that is being replaced may still answer, and its log is not the one that is read: then it is sent again.
 */
export async function verifyCombined(context: VerifyContext): Promise<string> {
  const options = { what: 'one request in the logs of the combined Pod', timeoutMs: TIMEOUT_MS };
  await poll({ ...options, signal: context.host.signal }, () => followRequest(context));
  return 'one request id and one trace in the logs of ambassador, nginx and adapter';
}

async function followRequest({ urls, pods, host: { signal } }: VerifyContext): Promise<void> {
  const requestId = randomUUID();
  const traceId = randomBytes(16).toString('hex');
  const response = await fetch(`${urls.combined}/orders/7`, {
    headers: { 'x-request-id': requestId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  expectEqual('the status of an order', response.status, 200);

  const find = (container: string, count: number) =>
    poll({ what: `request ${requestId} in the log of ${container}`, timeoutMs: LOG_TIMEOUT_MS, signal }, async () => {
      const lines = await pods.readJsonLog('combined', container);
      const found = lines.filter((line) => line['request_id'] === requestId);
      if (found.length < count) throw new Error(`${found.length} of ${count} lines`);
      return found;
    });
  const lines = [
    // In, on its way to the program; and out, on the program's way to the catalog.
    ...(await find('ambassador', 2)),
    ...(await find('nginx', 1)),
    ...(await find('log-adapter', 1)),
  ];
  for (const line of lines) expectTrace(line, traceId);
}

function expectTrace(line: Record<string, unknown>, traceId: string): void {
  const trace = JSON.stringify([line['trace_id'], line['traceparent']]);
  if (!trace.includes(traceId)) throw new Error(`the line ${JSON.stringify(line)} is not of trace ${traceId}`);
}
