/** Looking into the Pods from outside: their logs, and a program run in one of their containers. */
import { Writable } from 'node:stream';
import { CoreV1Api, type KubeConfig, type V1Status } from '@kubernetes/client-node';
import { createExec } from '../deploy/kube-exec.ts';

export interface PodAccess {
  /** The JSON lines that a container has written in the last minutes, oldest first; other lines are left out. */
  readJsonLog(deployment: string, container: string): Promise<Record<string, unknown>[]>;
  /** Runs a program in a container and returns its exit code and what it printed. */
  exec(deployment: string, container: string, command: readonly string[]): Promise<ExecResult>;
  /** Name of the Pod that serves now. */
  podName(deployment: string): Promise<string>;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LOG_WINDOW_SECONDS = 300;

export function createPodAccess(kubeConfig: KubeConfig, namespace: string): PodAccess {
  const api = kubeConfig.makeApiClient(CoreV1Api);

  const podName = async (deployment: string) => {
    const labelSelector = `app.kubernetes.io/name=${deployment}`;
    const { items } = await api.listNamespacedPod({ namespace, labelSelector, fieldSelector: 'status.phase=Running' });
    const pod = items.find(({ metadata }) => metadata?.deletionTimestamp === undefined);
    if (pod?.metadata?.name === undefined) throw new Error(`no Pod of ${deployment} runs`);
    return pod.metadata.name;
  };

  return {
    podName,
    async readJsonLog(deployment, container) {
      const name = await podName(deployment);
      const text = await api.readNamespacedPodLog({ name, namespace, container, sinceSeconds: LOG_WINDOW_SECONDS });
      return text.split('\n').flatMap(parseJsonLine);
    },
    async exec(deployment, container, command) {
      return execInPod(kubeConfig, { namespace, pod: await podName(deployment), container }, command);
    },
  };
}

/** Runs a program in a container of that Pod to its end; throws if it cannot be started, or the connection ends before. */
export async function execInPod(
  kubeConfig: KubeConfig,
  { namespace, pod, container }: { readonly namespace: string; readonly pod: string; readonly container: string },
  command: readonly string[],
): Promise<ExecResult> {
  const what = `exec in ${pod}/${container}`;
  const stdout = collect();
  const stderr = collect();
  const ended = Promise.withResolvers<V1Status>();
  const exec = createExec(kubeConfig, what);
  const [out, err] = [stdout.stream, stderr.stream];
  const socket = await exec.exec(namespace, pod, container, [...command], out, err, null, false, ended.resolve);
  socket.addEventListener('close', () => ended.reject(new Error(`${what}: the connection ended before the program`)));
  const status = await ended.promise;
  const exitCode = status.status === 'Success' ? 0 : Number(status.details?.causes?.[0]?.message ?? Number.NaN);
  if (Number.isNaN(exitCode)) throw new Error(`${what}: ${status.message}`);
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function parseJsonLine(line: string): Record<string, unknown>[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value as Record<string, unknown>] : [];
  } catch {
    return [];
  }
}

function collect() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
