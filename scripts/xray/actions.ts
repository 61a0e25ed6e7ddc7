/** What the page may have done to the Pod. What is not in this list cannot be asked for. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { KubeClient } from '../deploy/kube-client.ts';
import { execInPod } from '../verify/pods.ts';
import { beginOf } from './log-signs.ts';
import type { Observer } from './observer.ts';
import { containersOf, isRunning, type XrayPod } from './pod-spec.ts';
import type { ActionView, ProcessNode, Snapshot } from './snapshot.ts';
import { canHaveTwin, createTwin, removeTwin } from './twin.ts';

export interface ActionContext {
  readonly client: KubeClient;
  readonly kubeConfig: KubeConfig;
  readonly observer: Observer;
  readonly signal: AbortSignal;
}

type View = Omit<Snapshot, 'actions'>;

interface Action extends ActionView {
  /** Answers with what was done, as a sentence. */
  readonly run: (context: ActionContext) => Promise<string>;
}

/** Those that make sense for the Pod as it is now. */
export function listActions(view: View, pod: XrayPod): readonly Action[] {
  return [
    ...requestAction(view, pod),
    ...signalAction(view, pod),
    ...twinAction(view, pod),
    ...restartActions(view, pod),
  ];
}

/** Throws ACTION_UNKNOWN, also for one that made sense a moment ago, and where nobody watches. */
export async function runAction(
  id: string,
  { observer, ...context }: Omit<ActionContext, 'observer'> & { readonly observer: Observer | undefined },
): Promise<string> {
  const view = observer?.snapshot();
  const pod = observer?.pod();
  const action = view && pod && listActions(view, pod).find((candidate) => candidate.id === id);
  if (observer === undefined || action === undefined) {
    throw new AppError('ACTION_UNKNOWN', `there is no action "${id}" for the Pod now`, 'Use what the page offers.');
  }
  const done = await action.run({ ...context, observer });
  observer.record({ kind: 'action', text: done, isBad: false });
  return done;
}

const FILE_WAIT_MS = 250;
const FILE_ATTEMPTS = 20;

/** Through the API server to this very Pod: the Service might choose another. */
function requestAction({ pod: { name } }: View, pod: XrayPod): Action[] {
  const containers = containersOf(pod);
  const entry = containers.find(({ ports = [] }) => ports.some((port) => port.name === 'http'));
  const port = entry?.ports?.find((candidate) => candidate.name === 'http')?.containerPort;
  if (entry === undefined || port === undefined || !isRunning(pod, entry.name)) return [];
  const path = containers.some((container) => container.name === 'legacy-app') ? '/orders/17' : '/';
  return [
    {
      id: 'request',
      label: 'Send a request',
      explanation: `GET ${path} to ${entry.name}, with an id that is then looked for in every log.`,
      async run({ client, observer, kubeConfig, signal }) {
        const requestId = randomUUID();
        observer.follow({ requestId, path, status: 0, steps: [] });
        const target = `/api/v1/namespaces/${pod.metadata.namespace ?? ''}/pods/${name}:${port}/proxy${path}`;
        const { status } = await client.text(target, {}, signal, { 'x-request-id': requestId });
        observer.answer(requestId, status);
        await findInLogFiles({ kubeConfig, observer, signal }, pod, requestId);
        return `GET ${path} was answered with ${status}`;
      },
    },
  ];
}

/** legacy-app writes to files: the event is looked for where the app itself sees them. */
async function findInLogFiles(
  { kubeConfig, observer, signal }: Pick<ActionContext, 'kubeConfig' | 'observer' | 'signal'>,
  pod: XrayPod,
  requestId: string,
): Promise<void> {
  const app = containersOf(pod).find(({ name }) => name === 'legacy-app');
  const folder = app?.volumeMounts?.find(({ mountPath }) => mountPath.startsWith('/var/log/'))?.mountPath;
  if (app === undefined || folder === undefined) return;
  const target = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: app.name };
  for (let attempt = 0; attempt < FILE_ATTEMPTS; attempt += 1) {
    const { stdout } = await execInPod(kubeConfig, target, ['grep', '-rhF', '-B2', '-A6', requestId, folder]);
    const event = stdout.split(/^(?=== )/m).find((part) => part.includes(requestId));
    if (event !== undefined) {
      const seconds = /^ {2}\.took = ([\d.]+)s$/m.exec(event)?.[1];
      const begin = beginOf(timeOf(event), seconds === undefined ? undefined : Number(seconds) * 1_000);
      observer.addStep({ ...begin, container: app.name, where: `a file in ${folder}`, text: event.trimEnd() });
      return;
    }
    await sleep(FILE_WAIT_MS, undefined, { signal });
  }
}

/** `== 23.11.2026 22:34:28,123 == …`, in UTC. */
function timeOf(event: string): string {
  const [, day, month, year, time = '', fraction] =
    /^== (\d\d)\.(\d\d)\.(\d{4}) ([\d:]{8}),(\d{3}) ==/.exec(event) ?? [];
  return time === '' ? '' : `${year}-${month}-${day}T${time}.${fraction}Z`;
}

/** From a sidecar to the program of another container that runs under its UID and has a handler for it. */
function signalAction({ processes, lanes }: View, pod: XrayPod): Action[] {
  if (!processes.isShared) return [];
  for (const { name: sender, uid } of lanes.filter(({ role }) => role === 'sidecar')) {
    const target = processes.processes.find(
      (node) => node.container !== sender && node.uid === uid && node.handles.includes('SIGHUP'),
    );
    if (target === undefined || !isRunning(pod, sender)) continue;
    const { pid, container } = target;
    return [
      {
        id: 'hup',
        label: `Send SIGHUP to ${container}`,
        explanation: `From ${sender}, which runs under the same UID ${uid}, to PID ${pid}; ${container} tells of it in its log.`,
        async run(context) {
          await kill(context, pod, sender, 'HUP', pid);
          return `${sender} sent SIGHUP to PID ${pid} of ${container}`;
        },
      },
    ];
  }
  return [];
}

function twinAction({ twin, processes: { isShared } }: View, pod: XrayPod): Action[] {
  if (twin !== undefined) {
    return [
      {
        id: 'untwin',
        label: 'Take the twin away',
        explanation: `Removes the Pod ${twin.name}.`,
        async run({ client, signal }) {
          await removeTwin(client, pod, signal);
          return `the twin ${twin.name} is to go`;
        },
      },
    ];
  }
  if (!canHaveTwin(pod)) return [];
  return [
    {
      id: 'twin',
      label: `Show it ${isShared ? 'without' : 'with'} a shared process namespace`,
      explanation: `Makes a twin of the Pod with shareProcessNamespace: ${!isShared} and shows both. It goes with the x-ray.`,
      async run({ client, signal }) {
        return `the twin ${await createTwin(client, pod, signal)} is made, with shareProcessNamespace: ${!isShared}`;
      },
    },
  ];
}

function restartActions({ lanes, processes }: View, pod: XrayPod): Action[] {
  return lanes.flatMap(({ name, role }) => {
    const main = mainProcess(name, processes.processes);
    if ((role !== 'main' && role !== 'sidecar') || main === undefined || !isRunning(pod, name)) return [];
    return [
      {
        id: `end:${name}`,
        container: name,
        label: `End ${name}`,
        explanation: `Sends SIGTERM to its first process (PID ${main.pid}); the kubelet starts the container again.`,
        async run(context: ActionContext) {
          await kill(context, pod, name, 'TERM', main.pid);
          return `SIGTERM was sent to PID ${main.pid} of ${name}`;
        },
      },
    ];
  });
}

/** The oldest of a container whose parent is not in it. */
function mainProcess(container: string, processes: readonly ProcessNode[]): ProcessNode | undefined {
  return processes.find((node) => node.container === container);
}

async function kill(
  { kubeConfig }: ActionContext,
  { metadata: { name: pod, namespace = '' } }: XrayPod,
  container: string,
  signal: 'HUP' | 'TERM',
  pid: number,
): Promise<void> {
  const command = ['sh', '-c', 'kill -s "$1" "$2"', 'sh', signal, String(pid)];
  const { exitCode, stderr } = await execInPod(kubeConfig, { namespace, pod, container }, command);
  if (exitCode === 0) return;
  throw new AppError(
    'ACTION_FAILED',
    `kill in ${container} said: ${stderr.trim()}`,
    'Look at the process list: it may have ended.',
  );
}
