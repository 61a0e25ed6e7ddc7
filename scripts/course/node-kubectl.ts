/** kubectl on the node, for what lessons put back: it works whatever the learner's shell is set to. */
import type { CourseCluster } from './lesson.ts';

/** Runs a shell script on the node, in which kubectl is the administrator's; throws if it fails. */
export async function runKubectlScript(cluster: Pick<CourseCluster, 'onNode'>, script: string): Promise<void> {
  const { exitCode, stderr } = await cluster.onNode([
    'sh',
    '-c',
    `set -eu; export KUBECONFIG=/etc/kubernetes/admin.conf; ${script}`,
  ]);
  if (exitCode !== 0) throw new Error(`on the node, ${script} ended with ${exitCode}: ${stderr}`);
}
