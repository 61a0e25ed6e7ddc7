/** Goes through all fields of a Deployment and says which of them ECS cannot be told. */
import type { V1Container } from '@kubernetes/client-node';
import { CONTAINER_FIELDS, DEPLOYMENT_FIELDS, POD_FIELDS, type FieldRule } from './fields.ts';
import { podSpecOf, type Workload } from './workload.ts';

export interface Unmapped {
  /** As `template.spec.containers[nginx].lifecycle.preStop`, below `spec`. */
  readonly field: string;
  readonly why: string;
}

export function unmappedFields(workload: Workload): Unmapped[] {
  const spec = podSpecOf(workload);
  const { template, ...deployment } = workload.deployment['spec'] as { template: { metadata?: object } };
  const { containers, initContainers = [], ...pod } = spec;
  const look = (value: unknown, rules: Rules, place: string, container?: V1Container) =>
    [...walk(value, rules, '')].flatMap(({ path, shown, value, rule }) => {
      const field = `${place}${shown}`;
      if (rule === undefined) return [{ field, why: `this converter does not know ${path}` }];
      const why = typeof rule.lost === 'function' ? rule.lost({ spec, container, value }) : rule.lost;
      return why === undefined ? [] : [{ field, why }];
    });
  const ofContainers = (list: readonly V1Container[], name: string) =>
    list.flatMap((container) =>
      look(container, CONTAINER_FIELDS, `template.spec.${name}[${container.name}].`, container),
    );
  return [
    ...look({ ...deployment, template: { metadata: template.metadata } }, DEPLOYMENT_FIELDS, ''),
    ...look(pod, POD_FIELDS, 'template.spec.'),
    ...ofContainers(initContainers, 'initContainers'),
    ...ofContainers(containers, 'containers'),
  ];
}

type Rules = Readonly<Record<string, FieldRule>>;

interface Visit {
  /** Without list positions, as the rules name it. */
  readonly path: string;
  /** With them. */
  readonly shown: string;
  readonly value: unknown;
  readonly rule: FieldRule | undefined;
}

/** Each field for which there is a rule, and each value below which there is none. */
function* walk(value: unknown, rules: Rules, path: string, shown = path): Generator<Visit> {
  const rule = Object.hasOwn(rules, path) ? rules[path] : undefined;
  if (rule !== undefined) yield { path, shown, value, rule };
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const name = (item as { name?: string } | null)?.name ?? String(index);
      yield* walk(item, rules, path, `${shown}[${name}]`);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      const separator = path === '' ? '' : '.';
      yield* walk(item, rules, `${path}${separator}${key}`, `${shown}${separator}${key}`);
    }
  } else yield { path, shown, value, rule };
}
