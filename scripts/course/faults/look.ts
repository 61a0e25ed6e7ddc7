/** Looking at the shop as its customers do, and into its containers where a customer cannot see the difference. */
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
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: 'app=shop' });
  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const pod = living.toSorted((a, b) => ageOf(a) - ageOf(b)).at(-1);
  if (pod === undefined) throw new Error(`there is no Pod of the shop in ${namespace}`);
  return cluster.exec({ namespace, pod: pod.metadata.name, container }, ['sh', '-c', script]);
}

function ageOf({ metadata }: { readonly metadata: { readonly creationTimestamp?: string } }): number {
  return Date.parse(metadata.creationTimestamp ?? '');
}

/** All Pods of the shop run what the Deployment says now, and are ready; a helper counts too. */
export async function shopIsReady(cluster: CourseCluster, namespace: string): Promise<Verdict> {
  const deployment = await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'shop' });
  if (deployment === undefined) throw new Error(`there is no Deployment shop in ${namespace}`);
  const { status = {} } = deployment as { status?: Record<string, number | undefined> };
  const isCurrent = status['observedGeneration'] === deployment.metadata.generation && status['updatedReplicas'] === 1;
  if (isCurrent && status['readyReplicas'] === 1) return shopAnswers(cluster, namespace);
  return { state: 'not-yet', reason: 'its Pod is not ready, or not for long', next: EXPLAIN(namespace) };
}
