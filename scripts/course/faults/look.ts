/** Looking at the shop as its customers do, and into its containers where a customer cannot see the difference. */
import type { KubeObject, Pod } from '../../deploy/kube-types.ts';
import type { CourseCluster, ProgramResult, Verdict } from '../lesson.ts';

const EXPLAIN = (namespace: string) => `npm run explain -- --namespace ${namespace}`;

/** Asks the shop from a Pod of the kit, through its Service, as a customer in the cluster would. */
export async function askShop(cluster: CourseCluster, namespace: string): Promise<string> {
  const labelSelector = 'app.kubernetes.io/name=adapter';
  const [pod] = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'pod-patterns', labelSelector });
  if (pod === undefined) throw new Error('the kit does not run: npm run up');
  const script = `fetch('http://shop.${namespace}/', { signal: AbortSignal.timeout(2000) })
    .then(async (answer) => console.log(answer.status, await answer.text()),
      (error) => console.log('no answer:', error.cause?.code ?? error.name))`;
  const target = { namespace: 'pod-patterns', pod: pod.metadata.name, container: 'legacy-app' };
  return (await cluster.exec(target, ['node', '-e', script])).stdout.trim();
}

/** Passed if the shop answers. */
export async function shopAnswers(cluster: CourseCluster, namespace: string): Promise<Verdict> {
  const answer = await askShop(cluster, namespace);
  if (answer.startsWith('200 ')) return { state: 'passed', seen: `http://shop.${namespace}/ answers: ${answer}` };
  return { state: 'not-yet', reason: `http://shop.${namespace}/ says: ${answer}`, next: EXPLAIN(namespace) };
}

/** Runs a shell script in a container of the shop's newest Pod. */
export async function inShop(
  cluster: CourseCluster,
  namespace: string,
  container: string,
  script: string,
): Promise<ProgramResult> {
  const { metadata } = await newestPod(cluster, namespace);
  return cluster.exec({ namespace, pod: metadata.name, container }, ['sh', '-c', script]);
}

async function newestPod(cluster: CourseCluster, namespace: string): Promise<Pod> {
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: 'app=shop' });
  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const pod = living.toSorted((a, b) => ageOf(a) - ageOf(b)).at(-1);
  if (pod === undefined) throw new Error(`there is no Pod of the shop in ${namespace}`);
  return pod as Pod;
}

function ageOf({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '');
}

/** Passed if the shop answers, and no container of its newest Pod, a helper neither, has ever ended. */
export async function shopStays(cluster: CourseCluster, namespace: string): Promise<Verdict> {
  const { spec, status } = await newestPod(cluster, namespace);
  const statuses = status?.containerStatuses ?? [];
  const ended = statuses.find(({ restartCount, state }) => restartCount > 0 || state?.terminated !== undefined);
  const isReady = statuses.filter(({ ready }) => ready).length === spec.containers.length;
  if (ended === undefined && isReady) return shopAnswers(cluster, namespace);
  const reason = ended === undefined ? 'its Pod is not ready yet' : `the container ${ended.name} of its Pod has ended`;
  return { state: 'not-yet', reason, next: EXPLAIN(namespace) };
}
