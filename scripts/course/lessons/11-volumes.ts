/** Volumes: what survives the container, the Pod and the claim. */
import type { KubeObject } from '../../deploy/kube-types.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { runKubectlScript } from '../node-kubectl.ts';
import { isReady, podsOf } from '../pods.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-11';
const LINE = 'dear diary';

// A volume that is kept belongs to no namespace, and would stay for ever.
const LET_GO = `kubectl get persistentvolumes -o jsonpath='{range .items[?(@.spec.claimRef.namespace=="${NAMESPACE}")]}{.metadata.name}{"\\n"}{end}' |
  while read -r volume; do
    kubectl patch persistentvolume "$volume" -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'
  done`;

interface Claim extends KubeObject {
  readonly spec: { readonly volumeName?: string };
  readonly status?: { readonly phase?: string };
}

interface Volume extends KubeObject {
  readonly spec: {
    readonly claimRef?: { readonly namespace: string; readonly name: string };
    readonly persistentVolumeReclaimPolicy: string;
  };
  readonly status?: { readonly phase?: string };
}

export const lesson: Lesson = {
  number: 11,
  slug: 'volumes',
  title: 'Volumes',
  question: 'What is still there after the container, the Pod, or the claim is gone?',
  minutes: 12,
  namespaces: [NAMESPACE],
  restore: (cluster) => runKubectlScript(cluster, LET_GO),
  terms: [
    {
      name: 'emptyDir',
      meaning: 'A folder that a Pod gets when it comes to a node, shared by its containers and gone with the Pod.',
      ecs: 'A volume of the task, or the ephemeral storage of Fargate.',
    },
    {
      name: 'PersistentVolume',
      meaning: 'A piece of storage that does not depend on any Pod, in no namespace; one claim has it at a time.',
      ecs: 'An EBS volume or an EFS file system.',
    },
    {
      name: 'PersistentVolumeClaim',
      meaning: 'A request for storage of some size, by name; Pods mount the claim, whatever it was bound to.',
      ecs: 'The volume configuration of a service; no claim of its own that outlives tasks.',
    },
    {
      name: 'storage class',
      meaning: 'A sort of storage: who makes volumes of it, when, and what becomes of them.',
      ecs: 'Volume type and settings, such as gp3, in the volume configuration.',
    },
    {
      name: 'reclaim policy',
      meaning: 'What becomes of a volume when its claim is deleted: `Delete` or `Retain`.',
      ecs: '`deleteOnTermination` of an EBS volume, for tasks that belong to no service.',
    },
  ],
  checks: [
    {
      id: 'restored',
      task: 'Delete the claim diary, and let the Deployment go on with its volume through a new claim, restored.',
      look: lookAtDiary,
    },
  ],
};

async function lookAtDiary(cluster: CourseCluster): Promise<Verdict> {
  const [old, restored] = await Promise.all([claim(cluster, 'diary'), claim(cluster, 'restored')]);
  if (restored === undefined) {
    if (old !== undefined)
      return notYet('the Pod still has the claim diary', 'See what would become of the volume: kubectl get pv');
    const volumes = await volumesOf(cluster, 'diary');
    if (volumes.length > 0)
      return notYet(
        `the volume ${name(volumes)} is released`,
        'Make a claim restored that names it in spec.volumeName.',
      );
    return notYet(
      'there is neither a claim diary nor one that is called restored',
      'Begin the lesson, or the task, again.',
    );
  }
  const { volumeName } = restored.spec;
  if (volumeName === undefined)
    return notYet('the claim restored has no volume', 'kubectl -n lesson-11 describe pvc restored');
  if (old !== undefined)
    return wrong('both claims are there; each has a volume of its own', 'Delete restored, and begin with diary.');

  const volume = (await cluster.get({ apiVersion: 'v1', kind: 'PersistentVolume', name: volumeName })) as
    | Volume
    | undefined;
  // A volume that was made for the claim is younger than it.
  if (created(volume) >= created(restored)) return newVolume(cluster, volumeName);

  const pod = (await podsOf(cluster, NAMESPACE, 'app=diary')).find(isReady);
  if (pod === undefined)
    return notYet('no Pod of diary is ready', 'kubectl -n lesson-11 get pods; npm run explain -- -h');
  const { stdout } = await cluster.exec({ namespace: NAMESPACE, pod: pod.metadata.name }, ['cat', '/data/note']);
  if (stdout.trim() !== LINE) return wrong(`/data/note says "${stdout.trim()}"`, 'Is it the volume that diary had?');
  return passed(`${pod.metadata.name} reads "${LINE}" from ${volumeName}, which is older than its claim`);
}

async function newVolume(cluster: CourseCluster, volumeName: string): Promise<Verdict> {
  const kept = (await volumesOf(cluster, 'diary')).at(-1);
  if (kept === undefined) {
    return wrong(
      `restored has a new, empty volume (${volumeName}): that of diary was deleted with its claim, as its policy says`,
      'What was in it is lost. Begin the lesson again, and change the policy of the volume before you delete the claim.',
    );
  }
  return wrong(
    `restored has a new, empty volume (${volumeName}); that of diary is kept, but nobody has it: ${kept.metadata.name}`,
    'Delete restored, and make it with that name in spec.volumeName.',
  );
}

async function claim(cluster: CourseCluster, name: string): Promise<Claim | undefined> {
  const object = await cluster.get({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: NAMESPACE, name });
  return object as Claim | undefined;
}

/** Those that are, or were, a claim's, and will not be deleted. */
async function volumesOf(cluster: CourseCluster, claimName: string): Promise<readonly Volume[]> {
  const volumes = (await cluster.list({ apiVersion: 'v1', kind: 'PersistentVolume' })) as Volume[];
  return volumes.filter(({ spec: { claimRef, persistentVolumeReclaimPolicy: policy } }) => {
    return claimRef?.namespace === NAMESPACE && claimRef.name === claimName && policy === 'Retain';
  });
}

function name(volumes: readonly Volume[]): string {
  return volumes.map(({ metadata }) => metadata.name).join();
}

function created(object: KubeObject | undefined): string {
  return object?.metadata.creationTimestamp ?? '';
}
