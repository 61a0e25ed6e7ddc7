/** One pass: make the model of what the cluster says, publish it, and report. */
import { compile } from './compile.ts';
import type { ClusterView } from './follow-cluster.ts';
import type { Metrics } from './metrics.ts';
import type { Publisher } from './publisher.ts';
import type { Reporter } from './report.ts';

export interface Controller {
  /** Does nothing until the cluster has been seen as a whole. */
  work(view: ClusterView, signal: AbortSignal): Promise<void>;
  /** Whether HAProxy has, or will find, a configuration of what the cluster says. */
  isPublished(): boolean;
}

export interface ControllerOptions {
  readonly publisher: Publisher;
  readonly reporter: Reporter;
  readonly metrics: Metrics;
}

export function createController({ publisher, reporter, metrics }: ControllerOptions): Controller {
  let isPublished = false;
  return {
    isPublished: () => isPublished,
    async work(view, signal) {
      const objects = view.objects();
      if (objects === undefined) return;
      const { model, refusals } = compile(objects);
      metrics.setModel(model, refusals);
      metrics.countOutcome(await publisher.publish(model, signal));
      isPublished = true;
      await reporter.report(objects.ingresses, refusals, signal);
    },
  };
}
