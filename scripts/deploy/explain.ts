/** Why a workload is not ready: what its controller says, then what each of its Pods says, then what they logged. */
import type { KubeClient } from './kube-client.ts';
import { conditionOf, type Condition, type KubeObject, type Workload } from './kube-types.ts';
import { currentPodsOf, currentReplicaSetOf, type NamespaceState } from './namespace-state.ts';
import { refOf } from './object-ref.ts';
import { newest, podProblems } from './pod-problems.ts';
import { hasLog, isProblemCode, makeProblem, type Problem } from './problem.ts';
import { readinessOf } from './readiness.ts';

const TAIL_LINES = 20;

/** The problems of one object that can be waited for; empty if it is ready. */
export function explainObject(object: KubeObject, state: NamespaceState): Problem[] {
  const readiness = readinessOf(object);
  if (readiness.state === 'ready') return [];
  const ref = refOf(object);
  if (object.kind === 'PersistentVolumeClaim') {
    return [makeProblem('ClaimPending', { ref, message: newest(eventsOf(object, state)) })];
  }
  const refusal = refusalOf(object, state);
  if (refusal !== undefined) return [makeProblem('FailedCreate', { ref, message: refusal })];

  const problems = currentPodsOf(object, state).flatMap((pod) => podProblems(pod, state.events));
  if (readiness.state === 'failed' && object.kind !== 'Pod') {
    const code = conditionOf(object as Workload, 'Progressing')?.reason ?? '';
    problems.push(makeProblem(isProblemCode(code) ? code : 'Failed', { ref, message: readiness.message }));
  }
  return problems.length > 0 ? problems : [makeProblem('Waiting', { ref, message: readiness.message })];
}

/** The message of a controller whose Pods are refused (quota, Pod Security, a missing service account). */
function refusalOf(object: Workload, state: NamespaceState): string | undefined {
  if (object.kind === 'Pod') return undefined;
  const replicaSet = object.kind === 'Deployment' ? currentReplicaSetOf(object, state) : undefined;
  const isTrue = (condition: Condition | undefined) => condition?.status === 'True';
  const condition = [object, replicaSet].map((owner) => owner && conditionOf(owner, 'ReplicaFailure')).find(isTrue);
  if (condition !== undefined) return condition.message;
  // StatefulSets, DaemonSets and Jobs have no such condition, only events; old ones do not count once Pods exist.
  if (object.kind === 'Deployment' || currentPodsOf(object, state).length > 0) return undefined;
  return newest(eventsOf(object, state), 'FailedCreate');
}

function eventsOf(object: KubeObject, state: NamespaceState) {
  return state.events.filter(({ involvedObject }) => involvedObject?.uid === object.metadata.uid);
}

/**
 * The same problems with what others know of them: the last lines of the log where a log says more, and the taints
 * that keep a Pod away. What cannot be read is left out: it must not hide the problem.
 */
export function addDetails(
  client: KubeClient,
  namespace: string,
  problems: readonly Problem[],
  signal?: AbortSignal,
): Promise<Problem[]> {
  return Promise.all(
    problems.map(async (problem) => {
      if (problem.code === 'Unschedulable') return addTaints(client, problem, signal);
      if (!hasLog(problem) || problem.container === undefined) return problem;
      const logTail = await readLogTail(client, namespace, problem, signal);
      if (logTail.length === 0) return problem;
      const isForeignBinary = logTail.some((line) => line.includes('exec format error'));
      if (!isForeignBinary) return { ...problem, logTail };
      const { object, container } = problem;
      const ref = { kind: 'Pod', namespace, name: podNameOf(object) };
      const list = problem.field?.startsWith('spec.initContainers') === true ? 'initContainers' : 'containers';
      return { ...makeProblem('ExecFormatError', { ref, container, list }), logTail };
    }),
  );
}

/** The scheduler only counts the nodes with taints; which taints these are, the nodes say. */
async function addTaints(client: KubeClient, problem: Problem, signal: AbortSignal | undefined): Promise<Problem> {
  if (!problem.reason.includes('untolerated taint')) return problem;
  try {
    const { items } = await client.list({ apiVersion: 'v1', kind: 'Node' }, signal);
    const taints = items.flatMap((node) => {
      const { taints: list = [] } = (node['spec'] ?? {}) as { taints?: readonly Taint[] };
      return list.map(
        ({ key, value, effect }) => `${node.metadata.name} has ${key}${value ? `=${value}` : ''}:${effect}`,
      );
    });
    return taints.length === 0 ? problem : { ...problem, reason: `${problem.reason} Taints: ${taints.join(', ')}.` };
  } catch {
    signal?.throwIfAborted();
    return problem;
  }
}

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

async function readLogTail(
  client: KubeClient,
  namespace: string,
  { object, container = '' }: Problem,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const path = `/api/v1/namespaces/${namespace}/pods/${podNameOf(object)}/log`;
  const query = { container, tailLines: `${TAIL_LINES}` };
  try {
    const { status, text } = await client.text(path, query, signal);
    return status === 200 ? text.split('\n').filter((line) => line !== '') : [];
  } catch {
    signal?.throwIfAborted();
    return [];
  }
}

function podNameOf(object: string): string {
  return object.slice(object.indexOf('/') + 1);
}
