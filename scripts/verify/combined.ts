/** All three helpers in one Pod: one request is found in what each of them writes. */
import { randomBytes, randomUUID } from 'node:crypto';
import { expectEqual, poll } from './poll.ts';
import type { VerifyContext } from './verify.ts';

const TIMEOUT_MS = 30_000;

/** Sends one request with an id and a trace, and follows both through ambassador, program, nginx and adapter. */
export async function verifyCombined({ urls, pods, host }: VerifyContext): Promise<string> {
  const requestId = randomUUID();
  const traceId = randomBytes(16).toString('hex');
  await poll({ what: 'an order from the combined Pod', timeoutMs: TIMEOUT_MS, signal: host.signal }, async () => {
    const response = await fetch(`${urls.combined}/orders/7`, {
      headers: { 'x-request-id': requestId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` },
      signal: AbortSignal.timeout(5_000),
    });
    expectEqual('the status', response.status, 200);
  });

  const find = (container: string, count: number) =>
    poll(
      { what: `request ${requestId} in the log of ${container}`, timeoutMs: TIMEOUT_MS, signal: host.signal },
      async () => {
        const lines = await pods.readJsonLog('combined', container);
        const found = lines.filter((line) => line['request_id'] === requestId);
        if (found.length < count) throw new Error(`${found.length} of ${count} lines`);
        return found;
      },
    );
  const lines = [
    // In, on its way to the program; and out, on the program's way to the catalog.
    ...(await find('ambassador', 2)),
    ...(await find('nginx', 1)),
    ...(await find('log-adapter', 1)),
  ];
  for (const line of lines) expectTrace(line, traceId);
  return 'one request id and one trace in the logs of ambassador, nginx and adapter';
}

function expectTrace(line: Record<string, unknown>, traceId: string): void {
  const trace = JSON.stringify([line['trace_id'], line['traceparent']]);
  if (!trace.includes(traceId)) throw new Error(`the line ${JSON.stringify(line)} is not of trace ${traceId}`);
}
