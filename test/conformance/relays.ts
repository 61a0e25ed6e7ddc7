/** The cases in which a request goes through, and what counts is what became of it and of its answer. */
import { differs, fail, pass, type ConformanceCase, type World } from './case.ts';
import { begin, tell, type Exchange } from './exchange.ts';
import type { Answers } from './read-response.ts';
import type { SeenRequest, TestUpstream } from './upstream.ts';

export interface Relayed {
  /** The first request that the upstream saw whole. */
  readonly seen: SeenRequest | undefined;
  readonly requests: readonly SeenRequest[];
  readonly answers: Answers;
  readonly exchange: Exchange;
  readonly world: World;
}

/** `undefined`: as it has to be. */
export type Finding = undefined | { readonly differs: string } | { readonly fails: string };

export interface RelayCase extends Omit<ConformanceCase, 'play'> {
  readonly bytes: string;
  readonly methods?: readonly string[];
  /** Whole final answers to wait for; 1 unless told. */
  readonly answers?: number;
  /** Called before anything is sent, to tell the upstream what to do. */
  readonly prepare?: (upstream: TestUpstream) => void;
  /** `more` is asked after the answers have come; whatever it does is part of the case. */
  readonly check: (relayed: Relayed) => Finding | Promise<Finding>;
}

export function relays(options: RelayCase): ConformanceCase {
  const { bytes, methods = ['GET'], answers: count = 1, prepare, check, ...rest } = options;
  return {
    ...rest,
    async play(world) {
      prepare?.(world.upstream);
      using exchange = await begin(world, bytes, methods);
      const answers = await exchange.untilAnswered(count);
      const { requests } = world.upstream;
      const finding = await check({ seen: requests[0], requests, answers, exchange, world });
      const happened = tell(world, exchange);
      if (world.upstream.refusals.length > 0) return fail(happened);
      if (finding === undefined) return pass(happened);
      return 'differs' in finding
        ? differs(`${finding.differs} (${happened})`)
        : fail(`${finding.fails} (${happened})`);
    },
  };
}

export const fails = (text: string): Finding => ({ fails: text });
