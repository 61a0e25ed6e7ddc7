/** One client connection in a case: bytes out, answers in, and all facts in one line. */
import { countComplete, readResponses, type Answers } from './read-response.ts';
import { valueOf } from './message.ts';
import type { World } from './case.ts';
import type { SeenRequest } from './upstream.ts';
import { connectWire, type Wire } from './wire.ts';

/** How long an answer may take before it counts as missing. */
export const ANSWER_LIMIT_MS = 2_000;
/** How long something that must not come is waited for. */
const SILENCE_MS = 60;

export interface Exchange extends Disposable {
  readonly wire: Wire;
  answers(): Answers;
  /** Waits for as many whole final answers, or for the end of the connection. */
  untilAnswered(count?: number, limitMs?: number): Promise<Answers>;
  untilClosed(limitMs?: number): Promise<boolean>;
}

/** Opens a connection to the proxy and sends `bytes`; `methods` are those of the requests in it. */
export async function begin(world: World, bytes: string, methods: readonly string[] = ['GET']): Promise<Exchange> {
  const wire = await connectWire(world.subject.port);
  const answers = () => readResponses(wire.received, methods, wire.isClosed);
  wire.send(bytes);
  return {
    wire,
    answers,
    async untilAnswered(count = 1, limitMs = ANSWER_LIMIT_MS) {
      await wire.waitFor(() => wire.isClosed || countComplete(answers()) >= count, limitMs);
      return answers();
    },
    untilClosed: (limitMs = ANSWER_LIMIT_MS) => wire.waitFor(() => wire.isClosed, limitMs),
    [Symbol.dispose]: () => wire[Symbol.dispose](),
  };
}

/** Waits as long as something that must not come would take; resolves to whether it came. */
export function watch(wire: Wire, hasCome: () => boolean): Promise<boolean> {
  return wire.waitFor(hasCome, SILENCE_MS);
}

/** A GET on a connection of its own must get its own answer; says what it got otherwise. */
export async function askAside(world: World, target = '/aside'): Promise<string | undefined> {
  using aside = await begin(world, `GET ${target} HTTP/1.1\r\nHost: aside.example\r\nConnection: close\r\n\r\n`);
  const { final } = await aside.untilAnswered();
  const [answer] = final;
  if (answer?.status === 200 && answer.body === `GET ${target}`) return undefined;
  return `another client got ${answer === undefined ? 'no answer' : `${answer.status} ${quote(answer.body)}`}`;
}

const HAPPENED_LENGTH = 240;

const shorten = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 3)}...` : text);
const quote = (text: string) => JSON.stringify(shorten(text, 60));

/** What the client got, in a few words. */
function tellAnswers({ interim, final, fault }: Answers, isClosed: boolean): string {
  const words = [
    ...interim.map(({ status }) => String(status)),
    ...final.map(({ status, isComplete }) => `${status}${isComplete ? '' : ' cut off'}`),
    ...(fault === undefined ? [] : [`then ${fault}`]),
  ];
  return `client: ${words.join(', ') || 'nothing'}${isClosed ? ', closed' : ', open'}`;
}

/** What the upstream got, in a few words. */
function tellUpstream({ upstream }: World): string {
  const seen = upstream.requests.map(tellRequest);
  const refused = upstream.refusals.map((reason) => `refused ${reason}`);
  return `upstream: ${[...seen, ...refused].join('; ') || 'no whole request'}`;
}

function tellRequest(request: SeenRequest): string {
  const { method, target, framing, body } = request;
  const encoding = valueOf(request, 'transfer-encoding');
  const frame = framing === 'none' ? '' : ` ${encoding === undefined ? framing : `TE ${encoding}`} ${quote(body)}`;
  return `${method} ${shorten(target, 40)}${frame}`;
}

/** What both sides got, in one line. */
export const tell = (world: World, exchange: Exchange) =>
  shorten(`${tellAnswers(exchange.answers(), exchange.wire.isClosed)}; ${tellUpstream(world)}`, HAPPENED_LENGTH);
