/** The cases in which a request has to be refused, or may be passed on in one form that has no second reading. */
import { differs, fail, pass, type ConformanceCase, type Verdict, type World } from './case.ts';
import { ANSWER_LIMIT_MS, askAside, begin, tell } from './exchange.ts';
import type { SeenRequest, UpstreamKind } from './upstream.ts';

/** `true`: as good as refused. `'allowed'`: the RFC has nothing against it. */
type Acceptance = (seen: SeenRequest, world: World) => boolean | 'allowed';

export interface RefusalCase extends Pick<ConformanceCase, 'id' | 'variant' | 'level' | 'rule'> {
  /** Sent as one piece. */
  readonly bytes: string;
  /** The answers that fit; any other 4xx or 5xx differs. */
  readonly statuses?: readonly number[];
  /** Requests before the faulty one, which the upstream has to see and which are answered first. */
  readonly before?: readonly string[];
  /** Whether the one request that the upstream saw is acceptable too. */
  readonly or?: Acceptance;
  /** How that looks, for people. */
  readonly orText?: string;
  /** Whether the connection must end after what was passed on. */
  readonly mustClose?: boolean;
}

/** Where framing is at stake, so that whichever of two readings a proxy passes on, there is somebody to fall for it. */
const UPSTREAMS: readonly UpstreamKind[] = ['strict', 'believes-length', 'believes-chunks'];

export function refuses(options: RefusalCase): ConformanceCase {
  const { id, variant, level, rule, statuses = [400], orText } = options;
  const refusal = `${statuses.join(' or ')} and close`;
  return {
    ...{ id, variant, level, rule },
    expected: orText === undefined ? refusal : `${refusal}, or ${orText}`,
    upstreams: UPSTREAMS,
    play: (world) => play(world, options),
  };
}

async function play(world: World, options: RefusalCase): Promise<Verdict> {
  const { bytes, statuses = [400], before = [], or, mustClose = false } = options;
  const { upstream } = world;
  using exchange = await begin(world, bytes, bytes.startsWith('HEAD') ? ['HEAD', 'GET'] : ['GET']);
  await exchange.untilAnswered(before.length + 1);
  const answer = exchange.answers().final[before.length];
  const isRefused = answer === undefined ? exchange.wire.isClosed : answer.status >= 400;
  if (isRefused || mustClose) await exchange.untilClosed();
  const isClosed = exchange.wire.isClosed;
  if (!isClosed && answer !== undefined) {
    exchange.wire.send('GET /after HTTP/1.1\r\nHost: a.example\r\n\r\n');
    await exchange.untilAnswered(before.length + 2);
  }
  const seen = upstream.requests.filter(({ method, target }) => `${method} ${target}` !== 'GET /after');
  const [first, ...surplus] = seen.slice(before.length);
  const happened = tell(world, exchange);
  const aside = await askAside(world);
  if (aside !== undefined) return fail(`${happened}; ${aside}`);
  if (upstream.refusals.length > 0) return fail(happened);
  if (before.some((target, index) => seen[index]?.target !== target)) return fail(happened);
  if (
    exchange
      .answers()
      .final.slice(0, before.length)
      .some(({ status }) => status !== 200)
  )
    return fail(happened);
  if (first === undefined) return judgeRefusal({ happened, answer: answer?.status, isClosed, statuses });
  if (surplus.length > 0) return fail(happened);
  const acceptance = or?.(first, world) ?? false;
  const hasOwnAnswer = answer?.body === `${first.method} ${first.target}` || first.method === 'HEAD';
  if (acceptance === false || !hasOwnAnswer) return fail(happened);
  if (mustClose && !isClosed) return fail(`${happened}; it had to close`);
  const next = exchange.answers().final[before.length + 1];
  if (!isClosed && next?.body !== 'GET /after') return fail(`${happened}; the next request has no answer of its own`);
  return acceptance === 'allowed' ? differs(happened) : pass(happened);
}

function judgeRefusal(seen: {
  readonly happened: string;
  readonly answer: number | undefined;
  readonly isClosed: boolean;
  readonly statuses: readonly number[];
}): Verdict {
  const { happened, answer, isClosed, statuses } = seen;
  if (answer === undefined) {
    return isClosed ? differs(happened) : fail(`${happened} after ${ANSWER_LIMIT_MS} ms`);
  }
  if (answer < 400 || !isClosed) return fail(happened);
  return statuses.includes(answer) ? pass(happened) : differs(happened);
}
