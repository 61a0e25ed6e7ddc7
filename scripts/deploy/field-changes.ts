/** What differs between two states of an object, field by field, and which manager a field belongs to. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from './kube-types.ts';

export interface FieldChange {
  /** As people write it: `spec.template.spec.containers[name=web].image`. */
  readonly path: string;
  /** Undefined where the field is added. */
  readonly before: unknown;
  /** Undefined where the field is removed. */
  readonly after: unknown;
  /** Who set the value that is there now: `pod-patterns`, `kubectl-edit`; undefined where nobody did. */
  readonly manager: string | undefined;
}

/** A step into an object: a field, or the member of a list that has these values. */
type Step = string | Readonly<Record<string, unknown>>;

/** Written by the server itself, so they say nothing about what a change is. */
const OF_THE_SERVER = new Set(['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp']);
/** What members of lists are known by (the `listMapKey`s of the API): the first whose fields they all have. */
const LIST_KEYS = [['containerPort', 'protocol'], ['port', 'protocol'], ['mountPath'], ['name'], ['type'], ['key']];

/** The changes of spec, data, labels and so on; the status is not part of what is asked for. */
export function fieldChanges(before: KubeObject, after: KubeObject): FieldChange[] {
  const changes: FieldChange[] = [];
  const managers = before.metadata.managedFields ?? [];
  compare([], { ...before, status: undefined }, { ...after, status: undefined }, (steps, old, next) => {
    const manager = managers.find(({ fieldsV1 }) => owns(fieldsV1, steps))?.manager;
    changes.push({ path: formatPath(steps), before: old, after: next, manager });
  });
  return changes;
}

type Report = (steps: readonly Step[], before: unknown, after: unknown) => void;

function compare(steps: readonly Step[], before: unknown, after: unknown, report: Report): void {
  if (isDeepStrictEqual(before, after)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (steps.length === 1 && steps[0] === 'metadata' && OF_THE_SERVER.has(key)) continue;
      compare([...steps, key], before[key], after[key], report);
    }
    return;
  }
  const keys = Array.isArray(before) && Array.isArray(after) ? listKeys([...before, ...after]) : undefined;
  if (keys === undefined) return report(steps, before, after);
  const old = byKeys(before as readonly Record<string, unknown>[], keys);
  const next = byKeys(after as readonly Record<string, unknown>[], keys);
  for (const id of new Set([...old.keys(), ...next.keys()])) {
    const step = JSON.parse(id) as Record<string, unknown>;
    compare([...steps, step], old.get(id), next.get(id), report);
  }
}

/** What the members of a list differ in; undefined for a list that is a single value. */
function listKeys(members: readonly unknown[]): readonly string[] | undefined {
  return LIST_KEYS.find((keys) => {
    const isEach = (member: unknown) => isRecord(member) && member[keys[0] ?? ''] !== undefined;
    return members.length > 0 && members.every(isEach);
  });
}

function byKeys(members: readonly Record<string, unknown>[], keys: readonly string[]) {
  return new Map(
    members.map((member) => [JSON.stringify(Object.fromEntries(keys.map((key) => [key, member[key]]))), member]),
  );
}

/** Follows the path through a `fieldsV1` (KEP-555), whose keys are `f:FIELD` and `k:{"KEY":VALUE}`. */
function owns(fields: unknown, steps: readonly Step[]): boolean {
  let node = fields;
  for (const step of steps) {
    if (!isRecord(node)) return false;
    // A list or map that is owned as one value has nothing below it.
    if (Object.keys(node).length === 0) return true;
    node = typeof step === 'string' ? node[`f:${step}`] : memberOf(node, step);
    if (node === undefined) return false;
  }
  return true;
}

function memberOf(node: Readonly<Record<string, unknown>>, step: Exclude<Step, string>): unknown {
  const entry = Object.entries(node).find(([key]) => {
    if (!key.startsWith('k:')) return false;
    const values = JSON.parse(key.slice(2)) as Record<string, unknown>;
    return Object.entries(step).every(([name, value]) => !(name in values) || values[name] === value);
  });
  return entry?.[1];
}

function formatPath(steps: readonly Step[]): string {
  return steps
    .map((step, index) => {
      if (typeof step !== 'string') {
        const values = Object.entries(step).map(([key, value]) => `${key}=${String(value as string | number)}`);
        return `[${values.join(',')}]`;
      }
      // A label or a file name may hold dots itself.
      if (/[^\w-]/.test(step)) return `[${step}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
