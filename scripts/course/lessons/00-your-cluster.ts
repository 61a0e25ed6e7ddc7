/** Lesson 0: the programs that a cluster is made of, each stopped once. */
import type { Check, CourseCluster, Lesson } from '../lesson.ts';

const NAMESPACE = 'lesson-cluster';

/** Runs on the node: everything that the lesson stops is started again. What runs already stays as it is. */
const RESTORE = `
  set -e
  stopped=/etc/kubernetes/stopped
  if [ -d $stopped ]; then
    find $stopped -name '*.yaml' -exec mv {} /etc/kubernetes/manifests/ ';'
    rmdir $stopped
  fi
  pkill -CONT -x etcd || true
  pkill -CONT -x kube-apiserver || true
  systemctl start containerd kubelet
  kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=5s"
  for try in $(seq 120); do
    if $kubectl get --raw /readyz > /dev/null 2>&1; then break; fi
    sleep 0.5
  done
  $kubectl -n kube-system patch daemonset kube-proxy --type=merge \\
    -p '{"spec":{"template":{"spec":{"nodeSelector":{"lesson":null}}}}}'
  if [ "$($kubectl -n kube-system get deployment coredns -o jsonpath='{.spec.replicas}')" = 0 ]; then
    $kubectl -n kube-system scale deployment coredns --replicas=2
  fi
`;

/** The programs that have to run, as the kernel shortens their names. */
const PROGRAMS = 'containerd kubelet etcd kube-apiserver kube-scheduler kube-controller kube-proxy coredns'.split(' ');

/** Long enough for an API server that has to start. */
const RESTORE_TIMEOUT_MS = 120_000;

async function runningPrograms({ onNode }: Pick<CourseCluster, 'onNode'>): Promise<ReadonlySet<string>> {
  const { stdout } = await onNode(['ps', '-eo', 'comm=']);
  return new Set(stdout.split('\n').map((line) => line.trim()));
}

const withoutScheduler: Check = {
  id: 'without-scheduler',
  task: 'Make a Pod named placed in lesson-cluster run, while the scheduler is stopped.',
  async look(cluster) {
    const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: 'placed' });
    const isStopped = !(await runningPrograms(cluster)).has('kube-scheduler');
    if (pod === undefined) {
      const next = isStopped
        ? 'Make a Pod that says itself on which node it runs: spec.nodeName.'
        : 'Stop the scheduler first: move its manifest away.';
      return { state: 'not-yet', reason: 'there is no Pod placed', next };
    }
    const { phase, conditions = [] } = (pod['status'] ?? {}) as {
      phase?: string;
      conditions?: readonly { readonly type: string; readonly lastTransitionTime?: string }[];
    };
    const { nodeName, schedulerName } = pod['spec'] as { nodeName?: string; schedulerName?: string };
    if (nodeName === undefined) {
      return {
        state: 'wrong',
        reason: `placed is ${phase} and has no node: it waits for the scheduler (${schedulerName}), which ${isStopped ? 'is stopped' : 'has not looked yet'}`,
        next: 'Delete it, and make one whose spec.nodeName says where it runs.',
      };
    }
    const events = await cluster.list({ apiVersion: 'v1', kind: 'Event', namespace: NAMESPACE });
    const isScheduled = events.some((event) => {
      const { involvedObject, reason } = event as unknown as { involvedObject: { uid: string }; reason: string };
      return reason === 'Scheduled' && involvedObject.uid === pod.metadata.uid;
    });
    if (isScheduled) {
      return {
        state: 'wrong',
        reason: 'the scheduler has placed it (event Scheduled): it was not stopped, or is back already',
        next: 'Delete the Pod, stop the scheduler, and give the Pod its spec.nodeName.',
      };
    }
    if (phase !== 'Running') {
      return {
        state: 'not-yet',
        reason: `placed is ${phase} on ${nodeName} (${conditions.length} conditions)`,
        next: 'Wait.',
      };
    }
    return { state: 'passed', seen: `placed runs on ${nodeName}, and no scheduler has had a hand in it` };
  },
};

const allBack: Check = {
  id: 'all-back',
  task: 'Start everything again: all eight programs run, and a new Pod is placed and started.',
  async look(cluster) {
    const { stdout } = await cluster.onNode(['sh', '-c', 'ls /etc/kubernetes/stopped 2>/dev/null; true']);
    const aside = stdout.split('\n').filter(Boolean);
    const running = await runningPrograms(cluster);
    const missing = PROGRAMS.filter((name) => !running.has(name));
    const next = 'Move the manifests back: docker exec pod-patterns-control-plane mv …, or npm run learn -- --reset';
    if (missing.length > 0) {
      return {
        state: 'not-yet',
        reason: `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not run`,
        next,
      };
    }
    if (aside.length > 0) {
      return {
        state: 'wrong',
        reason: `${aside.join(', ')} still lies in /etc/kubernetes/stopped, though its program runs`,
        next,
      };
    }
    const proof = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: 'proof' });
    if (proof === undefined) {
      return { state: 'not-yet', reason: 'there is no Pod proof', next: 'Make one, without saying where it runs.' };
    }
    const { phase } = (proof['status'] ?? {}) as { phase?: string };
    if (phase !== 'Running') return { state: 'not-yet', reason: `the Pod proof is ${phase}`, next: 'Wait.' };
    return { state: 'passed', seen: `${PROGRAMS.join(', ')} run; the Pod proof does too` };
  },
};

export const lesson: Lesson = {
  number: 0,
  slug: 'your-cluster',
  title: 'Your cluster from inside',
  question: 'What is a cluster made of, and what stops when one of its parts does?',
  minutes: 15,
  namespaces: [NAMESPACE],
  isDisturbing: true,
  async restore(cluster) {
    const { exitCode, stderr } = await cluster.onNode(['sh', '-c', RESTORE], {
      timeoutMs: RESTORE_TIMEOUT_MS,
    });
    if (exitCode !== 0) throw new Error(`the parts of the cluster cannot be started again: ${stderr}`);
  },
  terms: [
    {
      name: 'node',
      meaning: 'A machine that runs Pods. Here it is a container, and the only one of the cluster.',
      ecs: 'Container instance: an EC2 machine of yours. On Fargate there is none to see.',
    },
    {
      name: 'control plane',
      meaning: 'API server, etcd, scheduler and controller manager: they decide, and run no Pod of yours.',
      ecs: 'The ECS service itself, which AWS runs; there is nothing to look at.',
    },
    {
      name: 'API server',
      meaning: 'The only door: everybody else, kubectl included, reads and writes objects through it.',
      ecs: 'The ECS API of the region.',
    },
    {
      name: 'etcd',
      meaning: 'The database in which the API server keeps every object.',
      ecs: 'The state store of ECS, hidden behind its API.',
    },
    {
      name: 'scheduler',
      meaning: 'Gives each new Pod a node.',
      ecs: 'The scheduler of ECS, steered by placement strategies and constraints.',
    },
    {
      name: 'controller manager',
      meaning:
        'Many loops in one program: each compares what is wanted with what is there, and makes or removes objects.',
      ecs: 'The service scheduler, which keeps the desired count.',
    },
    {
      name: 'kubelet',
      meaning: 'The agent of a node: starts and watches the Pods that are placed on it.',
      ecs: 'The ECS container agent.',
    },
    {
      name: 'kube-proxy',
      meaning: 'Writes each Service into the packet filter of its node.',
      ecs: 'No counterpart: load balancers and Service Connect, a proxy in each task, do that work.',
    },
    {
      name: 'container runtime',
      meaning: 'Makes containers for the kubelet; here containerd.',
      ecs: 'Docker or containerd on the container instance.',
    },
    {
      name: 'cluster DNS',
      meaning: 'Answers names of Services with their addresses; here CoreDNS, an ordinary Deployment.',
      ecs: 'AWS Cloud Map, or the DNS of the VPC.',
    },
    {
      name: 'static Pod',
      meaning: 'A Pod that the kubelet reads from a file of its node, without the API server.',
      ecs: 'No counterpart: ECS starts nothing that its API was not asked for.',
    },
  ],
  checks: [withoutScheduler, allBack],
};
