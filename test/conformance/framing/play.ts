/**
 * One input of the framing attacks: bytes go to the ambassador, and what the upstream saw is compared with what a strict
 * reader makes of the same bytes. Either they are the same, or the input was refused and its connection closed; and
 * whatever it was, requests on this connection and on another one get their own answers.
 */
import { readStrictly } from '../read-request.ts';
import { countComplete, readResponses } from '../read-response.ts';
import type { RequestMessage } from '../message.ts';
import type { TestUpstream, UpstreamKind } from '../upstream.ts';
import { connectWire, type Wire } from '../wire.ts';

/** What runs all the time; `other` is a client that has nothing to do with the attack. */
export interface Arena {
  readonly port: number;
  readonly upstream: TestUpstream;
  other: Wire;
}

export interface Attack {
  readonly bytes: string;
  readonly kind: UpstreamKind;
}

/** What a strict reader sees: whole requests, and how the bytes end. */
export interface Reference {
  readonly requests: readonly RequestMessage[];
  readonly end: 'whole' | 'incomplete' | 'refused';
}

const LIMIT_MS = 5_000;
const MARKER = 'GET /marker HTTP/1.1\r\nHost: marker.example\r\n\r\n';

function readAll(bytes: string): Reference {
  const requests: RequestMessage[] = [];
  let rest = bytes;
  while (/[^\r\n]/.test(rest)) {
    const reading = readStrictly(rest);
    if (reading.kind !== 'message') return { requests, end: reading.kind };
    requests.push(reading.message);
    rest = rest.slice(reading.length);
  }
  return { requests, end: 'whole' };
}

/** Resolves to what went wrong; undefined if nothing did. */
export async function play(arena: Arena, { bytes, kind }: Attack): Promise<string | undefined> {
  const { upstream } = arena;
  const reference = readAll(bytes);
  upstream.forget();
  upstream.kind = kind;
  using wire = await connectWire(arena.port);
  const methods = [...reference.requests.map(({ method }) => method), 'GET'];
  const answers = () => readResponses(wire.received, methods, wire.isClosed);
  wire.send(reference.end === 'whole' ? bytes + MARKER : bytes);
  // Who waits for more must give up when there is no more to come; who refuses must do so without being told.
  if (reference.end === 'incomplete') wire.socket.end();
  const expected = reference.requests.length + 1;
  const isOver = await wire.waitFor(() => wire.isClosed || countComplete(answers()) >= expected, LIMIT_MS);
  if (!isOver) return `nothing within ${LIMIT_MS} ms after ${JSON.stringify(wire.received)}`;
  if (answers().final.some(({ status }) => status >= 400)) await wire.waitFor(() => wire.isClosed, LIMIT_MS);
  return (
    judge(reference, answers(), wire, upstream) ??
    (await askOther(arena)) ??
    // The other client has had its answer, so the ambassador is through with what was sent before.
    compare(reference.requests, upstream)
  );
}

function judge(
  { requests, end }: Reference,
  { final, fault }: ReturnType<typeof readResponses>,
  { isClosed, received }: Wire,
  upstream: TestUpstream,
): string | undefined {
  // A refusal has a body even in answer to HEAD: who refuses need not have understood the method.
  const isRefused = isClosed && (final.at(-1)?.status ?? 0) >= 400;
  if (fault !== undefined && !isRefused) return `the client got ${fault}: ${JSON.stringify(received)}`;
  if (upstream.refusals.length > 0) return `the upstream refused ${upstream.refusals[0]}`;
  for (const [index, { status, body }] of final.entries()) {
    if (status >= 400) {
      if (!isClosed) return `answered ${status} and left open`;
      if (index !== final.length - 1) return `${final.length - index - 1} answers after ${status}`;
      return undefined;
    }
    const request = requests[index];
    const isMarker = request === undefined && end === 'whole' && index === requests.length;
    if (!isMarker && request === undefined) return `an answer too many: ${body}`;
    const own = request === undefined ? 'GET /marker' : `${request.method} ${toPath(request.target)}`;
    if (body !== own && request?.method !== 'HEAD') return `${JSON.stringify(body)} for ${own}`;
  }
  // Cut off without a word is a refusal too; left open with less than all is not possible here.
  return undefined;
}

/** Each request that the upstream saw is one that the strict reader saw, as it was sent; their order is a case of its own. */
function compare(requests: readonly RequestMessage[], upstream: TestUpstream): string | undefined {
  const sent = requests.map((request) => describe(request, toPath(request.target)));
  for (const request of upstream.requests) {
    if (request.target === '/marker' || request.target === '/other') continue;
    const found = sent.indexOf(describe(request, request.target));
    if (found < 0)
      return `the upstream saw ${describe(request, request.target)} where there was left ${sent.join(' ') || 'nothing'}`;
    sent.splice(found, 1);
  }
  return undefined;
}

const describe = ({ method, body, fields }: RequestMessage, path: string) =>
  JSON.stringify([method, path, body, ...fields.filter(isOfTest)]);

/** Headers of the inputs whose passing on is nobody's choice. */
const isOfTest = ([name]: readonly [string, string]) => /^x-fuzz-/i.test(name);

const toPath = (target: string) => target.replace(/^http:\/\/[^/?]*/i, '').replace(/^(?!\/|\*)/, '/');

async function askOther(arena: Arena): Promise<string | undefined> {
  if (arena.other.isClosed) arena.other = await connectWire(arena.port);
  const { other } = arena;
  const before = other.received.length;
  const answers = () => readResponses(other.received.slice(before), ['GET'], other.isClosed);
  other.send('GET /other HTTP/1.1\r\nHost: other.example\r\n\r\n');
  await other.waitFor(() => other.isClosed || countComplete(answers()) > 0, LIMIT_MS);
  const [answer] = answers().final;
  if (answer?.body !== 'GET /other') return `another client got ${answer?.status} ${JSON.stringify(answer?.body)}`;
  return undefined;
}
