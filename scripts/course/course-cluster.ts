/** The cluster as checks see it, on top of the deployer's client. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeClient } from '../deploy/kube-client.ts';
import type { Pod } from '../deploy/kube-types.ts';
import { entryPoints } from '../verify/entry-points.ts';
import { execInPod } from '../verify/pods.ts';
import type { ContainerTarget, CourseCluster } from './lesson.ts';

const EXEC_TIMEOUT_MS = 20_000;

export interface CourseClusterParts {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly kubeConfig: KubeConfig;
  readonly signal: AbortSignal;
}

export function createCourseCluster({ cluster, client, kubeConfig, signal }: CourseClusterParts): CourseCluster {
  const containerOf = async ({ namespace, pod, container }: ContainerTarget): Promise<string> => {
    if (container !== undefined) return container;
    const object = await client.read({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod }, signal);
    const first = (object as Pod | undefined)?.spec.containers[0]?.name;
    if (first === undefined) throw new Error(`there is no Pod ${pod} in the namespace ${namespace}`);
    return first;
  };

  return {
    signal,
    entryPoints: entryPoints(cluster.ports),
    get: (ref) => client.read(ref, signal),
    async list(type) {
      return [...(await client.list(type, signal)).items];
    },
    async exec(target, argv) {
      const { namespace, pod } = target;
      const container = await containerOf(target);
      return within(execInPod(kubeConfig, { namespace, pod, container }, argv), `${argv[0]} in ${pod}/${container}`);
    },
    async logs(target) {
      const { namespace, pod, previous = false, tailLines } = target;
      const container = await containerOf(target);
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
      const lines = tailLines === undefined ? {} : { tailLines: String(tailLines) };
      const answer = await client.text(path, { container, previous: String(previous), ...lines }, signal);
      if (answer.status !== 200) throw new Error(`the log of ${pod}/${container} cannot be read: ${answer.text}`);
      return answer.text;
    },
    async onNode(argv, { timeoutMs = EXEC_TIMEOUT_MS } = {}) {
      const command = ['exec', cluster.node, ...argv];
      const { exitCode, stdout, stderr } = await cluster.engine.host.attempt('docker', command, { timeoutMs });
      if (exitCode === undefined) throw new Error(`${argv.join(' ')} on the node did not end: ${stderr}`);
      return { exitCode, stdout, stderr };
    },
  };
}

/** A program in a Pod cannot be ended from outside; a check that waits for it for ever would be worse. */
async function within<Result>(work: Promise<Result>, what: string): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`${what} has not ended after ${EXEC_TIMEOUT_MS / 1_000} s`)),
    EXEC_TIMEOUT_MS,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
