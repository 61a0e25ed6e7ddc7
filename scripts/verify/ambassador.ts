/** The ambassador and its HAProxy twin: the same request, the same answer. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { expectContains, expectEqual, poll } from './poll.ts';
import type { VerifyContext } from './verify.ts';

const Order = z.object({
  order: z.number(),
  requestId: z.string(),
  products: z.array(z.unknown()).min(1),
  catalogVia: z.string().nullable(),
});

const TIMEOUT_MS = 30_000;

/** A request on port 80 reaches the program that listens on loopback only, and its own call goes out the same way. */
export async function verifyAmbassador({ urls, host }: VerifyContext): Promise<string> {
  const { body, via } = await poll(
    { what: 'an order through the ambassador', timeoutMs: TIMEOUT_MS, signal: host.signal },
    () => askForOrder(urls.ambassador),
  );
  expectContains('the Via header of the answer', via, 'ambassador');
  expectContains('the Via header that the program saw from the catalog', body.catalogVia, 'ambassador');
  return `GET /orders/17 answered 200 with ${body.products.length} products, fetched through the ambassador too`;
}

/** The real HAProxy in the ambassador's place answers the same; without an ambassador, it answers. */
export async function verifyTwin({ urls, patterns, host }: VerifyContext): Promise<string> {
  const hasAmbassador = patterns.has('ambassador');
  const asked = hasAmbassador ? [urls.haproxy, urls.ambassador] : [urls.haproxy];
  const [twin, ours] = await poll(
    { what: 'an order through HAProxy', timeoutMs: TIMEOUT_MS, signal: host.signal },
    () => Promise.all(asked.map(askForOrder)),
  );
  if (twin === undefined || ours === undefined) return 'GET /orders/17 answered 200 through HAProxy';
  expectEqual('the order from the HAProxy twin', JSON.stringify(comparable(twin)), JSON.stringify(comparable(ours)));
  return 'HAProxy in the same place gave the same answer';
}

async function askForOrder(url: string) {
  const requestId = randomUUID();
  const response = await fetch(`${url}/orders/17`, {
    headers: { 'x-request-id': requestId },
    signal: AbortSignal.timeout(5_000),
  });
  expectEqual(`the status of ${url}/orders/17`, response.status, 200);
  const body = Order.parse(await response.json());
  expectEqual('the request id that the program saw', body.requestId, requestId);
  return { body, via: response.headers.get('via') };
}

function comparable({ body }: Awaited<ReturnType<typeof askForOrder>>) {
  return { ...body, requestId: '', catalogVia: '' };
}
