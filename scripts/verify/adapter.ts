/** The adapter: an event that the program writes in its own format comes out as JSON with the right fields. */
import { randomUUID } from 'node:crypto';
import { expectContains, expectEqual, poll } from './poll.ts';
import type { VerifyContext } from './verify.ts';

const TIMEOUT_MS = 30_000;

/** Makes the program log a request with an id of ours, then finds that id in the adapter's output and its metrics. */
export async function verifyAdapter({ urls, pods, host }: VerifyContext): Promise<string> {
  const requestId = randomUUID();
  // From inside, because the program listens on loopback and this Pod has no ambassador.
  const script = `fetch('http://127.0.0.1:8775/verify', { headers: { 'x-request-id': '${requestId}' } }).then((r) => console.log(r.status))`;
  const asked = await pods.exec('adapter', 'legacy-app', ['node', '-e', script]);
  expectEqual('the status of a path that the program does not have', asked.stdout.trim(), '404');

  const options = {
    what: `the event ${requestId} in the adapter's output`,
    timeoutMs: TIMEOUT_MS,
    signal: host.signal,
  };
  const event = await poll(options, async () => {
    const lines = await pods.readJsonLog('adapter', 'log-adapter');
    const line = lines.find((candidate) => candidate['request_id'] === requestId);
    if (line === undefined) throw new Error(`${lines.length} events, none of them it`);
    return line;
  });
  const expected = {
    service: 'legacy-app',
    logger: 'orders.http',
    http_method: 'GET',
    url_path: '/verify',
    http_status: 404,
  };
  for (const [field, value] of Object.entries(expected)) expectEqual(`the event's ${field}`, event[field], value);
  if (Number.isNaN(Date.parse(String(event['time'])))) throw new Error(`the event's time is ${String(event['time'])}`);

  await poll({ what: 'the metrics page of the adapter', timeoutMs: TIMEOUT_MS, signal: host.signal }, async () => {
    const metrics = await (await fetch(`${urls.adapter}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
    expectContains('the page', metrics, 'log_adapter_events_total');
  });
  return 'an event of the odd log came out as one JSON object with its fields';
}
