/** The loop: whenever something has changed, make the model anew, publish it, and report. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { compile } from './compile.ts';
import type { ClusterView } from './follow-cluster.ts';
import type { Metrics } from './metrics.ts';
import type { Publisher } from './publisher.ts';
import type { Reporter } from './report.ts';

export interface Controller {
  /** Something has changed. */
  wake(): void;
  /** Works until the signal aborts. */
  run(view: ClusterView, signal: AbortSignal): Promise<void>;
  /** Whether HAProxy has, or will find, a configuration of what the cluster says. */
  isPublished(): boolean;
}

export interface ControllerOptions {
  readonly publisher: Publisher;
  readonly reporter: Reporter;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Changes come in swarms, as in a rollout: they are collected for so long. */
  readonly settleMs: number;
  /** After a failure it is tried again, although nothing has changed. */
  readonly retryMs: number;
}

export function createController(options: ControllerOptions): Controller {
  const { publisher, reporter, metrics, log, settleMs, retryMs } = options;
  let changed = Promise.withResolvers<void>();
  let isPublished = false;
  return {
    wake: () => changed.resolve(),
    isPublished: () => isPublished,
    async run(view, signal) {
      const aborted = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      for (;;) {
        await Promise.race([changed.promise, aborted]);
        await sleep(settleMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        changed = Promise.withResolvers();
        const objects = view.objects();
        if (objects === undefined) continue;
        try {
          const { model, refusals } = compile(objects);
          metrics.setModel(model, refusals);
          const outcome = await publisher.publish(model, signal);
          metrics.countOutcome(outcome);
          isPublished = true;
          await reporter.report(objects.ingresses, refusals, signal);
        } catch (error) {
          if (signal.aborted) return;
          log.error({ reason: describeError(error) }, 'could not publish; trying again');
          setTimeout(() => changed.resolve(), retryMs).unref();
        }
      }
    },
  };
}
