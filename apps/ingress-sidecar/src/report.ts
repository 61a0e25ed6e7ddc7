/** What users are told: the address in the status of each Ingress, and an Event for each part that is not used. */
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { ApiServer } from '@pod-patterns/runtime/kube/api-server.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { Ingress, LoadBalancerAddress } from './kube-types.ts';
import type { Refusal } from './model.ts';

export interface ReporterOptions {
  readonly api: ApiServer;
  /** Undefined: the status is left alone. */
  readonly address: LoadBalancerAddress | undefined;
  /** Name of the Pod, for Events. */
  readonly instance: string;
  readonly now: () => Date;
  readonly log: Logger;
}

export interface Reporter {
  /** Never rejects: the traffic does not depend on it. */
  report(ingresses: readonly Ingress[], refusals: readonly Refusal[], signal: AbortSignal): Promise<void>;
}

const COMPONENT = 'ingress-sidecar';

export function createReporter({ api, address, instance, now, log }: ReporterOptions): Reporter {
  /** What has been told, so that it is told once. */
  let told = new Set<string>();

  const attempt = async (what: string, work: Promise<unknown>) => {
    await work.catch((error: unknown) => log.warn({ reason: describeError(error) }, `could not ${what}`));
  };

  const publishAddress = async ({ metadata, status }: Ingress, signal: AbortSignal) => {
    const wanted = address === undefined ? [] : [address];
    if (JSON.stringify(status?.loadBalancer?.ingress ?? []) === JSON.stringify(wanted)) return;
    const path = `/apis/networking.k8s.io/v1/namespaces/${metadata.namespace}/ingresses/${metadata.name}/status`;
    const body = { status: { loadBalancer: { ingress: wanted } } };
    await attempt('set the status of an Ingress', api.send({ method: 'PATCH', path, body }, signal));
  };

  const writeEvent = async ({ namespace, name, uid, reason, message }: Refusal, signal: AbortSignal) => {
    log.warn({ ingress: `${namespace}/${name}`, reason }, message);
    const time = now().toISOString();
    const body = {
      metadata: { generateName: `${name.slice(0, 200)}-`, namespace },
      involvedObject: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace, name, uid },
      ...{ type: 'Warning', reason, message: message.slice(0, 1_024), count: 1 },
      ...{ firstTimestamp: time, lastTimestamp: time },
      ...{ source: { component: COMPONENT }, reportingComponent: COMPONENT, reportingInstance: instance },
    };
    const path = `/api/v1/namespaces/${namespace}/events`;
    await attempt('write an Event', api.send({ method: 'POST', path, body }, signal));
  };

  return {
    async report(ingresses, refusals, signal) {
      const keyOf = ({ uid, reason, message }: Refusal) => `${uid} ${reason} ${message}`;
      const before = told;
      told = new Set(refusals.map(keyOf));
      const fresh = refusals.filter((refusal) => !before.has(keyOf(refusal)));
      await Promise.all([
        ...(address === undefined ? [] : ingresses.map((ingress) => publishAddress(ingress, signal))),
        ...fresh.map((refusal) => writeEvent(refusal, signal)),
      ]);
    },
  };
}
