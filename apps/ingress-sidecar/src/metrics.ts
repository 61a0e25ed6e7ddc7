/** What /metrics says beside what the process itself tells. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Model, Refusal } from './model.ts';
import type { Outcome } from './publisher.ts';

export interface Metrics {
  readonly registry: Registry;
  setModel(model: Model, refusals: readonly Refusal[]): void;
  countOutcome(outcome: Outcome): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const routes = new Gauge({ name: 'ingress_sidecar_routes', help: 'Routes that HAProxy is given.', registers });
  const refused = new Gauge({
    name: 'ingress_sidecar_refused_rules',
    help: 'Parts of Ingresses that are not used, by reason.',
    labelNames: ['reason'] as const,
    registers,
  });
  const configurations = new Counter({
    name: 'ingress_sidecar_configurations_total',
    help: 'Configurations written, by what HAProxy did with them.',
    labelNames: ['outcome'] as const,
    registers,
  });
  return {
    registry,
    setModel(model, refusals) {
      routes.set(model.routes.length);
      refused.reset();
      for (const { reason } of refusals) refused.inc({ reason });
    },
    countOutcome(outcome) {
      if (outcome !== 'unchanged') configurations.inc({ outcome });
    },
  };
}
