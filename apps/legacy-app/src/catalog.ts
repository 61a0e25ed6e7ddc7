/** The one call this program makes: the product list, from a catalog server it believes to be on its own machine. */
import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** Where the catalog is. The program knows no other address. */
export const CATALOG_URL = 'http://localhost:9000';

export interface Catalog {
  readonly products: readonly unknown[];
  /** The `Via` header of the answer: who stood between us and the catalog. */
  readonly via: string | null;
}

export interface CatalogRequest {
  readonly baseUrl: string;
  readonly path: string;
  /** Headers of the order's request; those that identify it are passed on. */
  readonly headers: IncomingHttpHeaders;
  readonly timeoutMs?: number;
}

const PASSED_ON = ['x-request-id', 'traceparent', 'tracestate'];
const MAX_ANSWER_BYTES = 1_048_576;

// A connection for each call: one that was kept could be closed by the other side just when it is used again.
const agent = new Agent({ keepAlive: false });

/** Fetches the products. Rejects if the catalog refuses, answers other than 200, sends no list, or takes too long. */
export async function fetchCatalog({ baseUrl, path, headers, timeoutMs = 2_000 }: CatalogRequest): Promise<Catalog> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await send(new URL(path, baseUrl), headers, signal);
    const body = await readBody(answer);
    if (answer.statusCode !== 200) throw new Error(`it answered ${answer.statusCode}`);
    const products: unknown = JSON.parse(body);
    if (!Array.isArray(products)) throw new Error('it did not send a list');
    return { products, via: answer.headers.via ?? null };
  } catch (error) {
    if (signal.aborted) throw new Error(`no answer in ${timeoutMs} ms`, { cause: error });
    throw error;
  }
}

function send(url: URL, headers: IncomingHttpHeaders, signal: AbortSignal): Promise<IncomingMessage> {
  const passedOn = Object.fromEntries(PASSED_ON.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
  return new Promise((resolve, reject) => {
    // family 4: the program is from a time when localhost was 127.0.0.1 and nothing else.
    request(url, { agent, family: 4, headers: { ...passedOn, accept: 'application/json' }, signal })
      .on('response', resolve)
      .on('error', reject)
      .end();
  });
}

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
