/** What keeps a Service from reaching its Pods although these are well: two names that do not meet. */
import type { KubeObject, Pod } from './kube-types.ts';
import { refOf } from './object-ref.ts';
import { makeProblem, type Problem } from './problem.ts';

interface ServiceSpec {
  readonly type?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
}

/** Nothing for a Service that selects nothing on purpose, and while its namespace has no Pods. */
export function serviceProblems(service: KubeObject, pods: readonly Pod[]): Problem[] {
  const { type, selector = {}, ports = [] } = (service['spec'] ?? {}) as ServiceSpec;
  const wanted = Object.entries(selector);
  if (wanted.length === 0 || type === 'ExternalName' || pods.length === 0) return [];
  const ref = refOf(service);
  const selected = pods.filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value));
  if (selected.length === 0) {
    const found = new Set(
      pods.flatMap(({ metadata }) => wanted.map(([key]) => `${key}=${metadata.labels?.[key] ?? ''}`)),
    );
    const message = `it selects ${wanted.map((pair) => pair.join('=')).join(', ')}, and the Pods here have ${[...found].join(', ')}`;
    return [makeProblem('SelectsNoPods', { ref, message })];
  }
  const declared = selected.flatMap(({ spec }) =>
    [...(spec.initContainers ?? []), ...spec.containers].flatMap((container) => container.ports ?? []),
  );
  // A port need not be declared to be listened on, so Pods that declare none say nothing.
  if (declared.length === 0) return [];
  const targets = ports.map(({ port, targetPort = port }) => targetPort);
  const unknown = targets.filter(
    (target) => !declared.some(({ name, containerPort }) => target === name || target === containerPort),
  );
  return unknown.map((target) => {
    const known = declared.map(({ name, containerPort }) =>
      name === undefined ? containerPort : `${containerPort} (${name})`,
    );
    return makeProblem('PortNotDeclared', {
      ref,
      message: `it sends to port ${target}, and its Pods have ${known.join(', ')}`,
    });
  });
}
