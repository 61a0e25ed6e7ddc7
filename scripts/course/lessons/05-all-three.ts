/** Lesson 5: the three patterns in one Pod, and one request followed through all of them. */
import type { Check, CourseCluster, Lesson, Verdict } from '../lesson.ts';

const NAMESPACE = 'lesson-combined';
const KIT = 'pod-patterns';
/** More than the probes make the ambassador write in a quarter of an hour. */
const TAIL_LINES = 2_000;

interface LogLine {
  readonly request_id?: string;
  readonly listener?: string;
  readonly url_path?: string;
}

async function podOf(cluster: CourseCluster, name: string): Promise<string> {
  const labelSelector = `app.kubernetes.io/name=${name}`;
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: KIT, labelSelector });
  const pod = pods.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (pod === undefined) throw new Error(`there is no Pod of ${name} in ${KIT}`);
  return pod.metadata.name;
}

/** What a container has written about that request. */
async function linesOf(cluster: CourseCluster, pod: string, container: string, id: string): Promise<LogLine[]> {
  const text = await cluster.logs({ namespace: KIT, pod, container, tailLines: TAIL_LINES });
  const lines = text.split('\n').filter((line) => line.startsWith('{') && line.includes(id));
  return lines.map((line) => JSON.parse(line) as LogLine).filter(({ request_id }) => request_id === id);
}

async function notes(cluster: CourseCluster): Promise<Readonly<Record<string, string>>> {
  const object = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'trace' });
  const { data } = (object ?? {}) as { data?: Record<string, string> };
  return data ?? {};
}

const SEND = 'Send GET /orders/NUMBER to 127.0.0.1:8083 with a header x-request-id, and keep that id in the ConfigMap.';

const oneRequest: Check = {
  id: 'one-request',
  task: 'Send an order through the combined Pod, and keep its request id in the ConfigMap trace under request-id.',
  async look(cluster) {
    const id = (await notes(cluster))['request-id'];
    if (id === undefined) {
      return { state: 'not-yet', reason: `the ConfigMap trace in ${NAMESPACE} has no request-id`, next: SEND };
    }
    const pod = await podOf(cluster, 'combined');
    const [ambassador, nginx, adapter] = await Promise.all(
      ['ambassador', 'nginx', 'log-adapter'].map((container) => linesOf(cluster, pod, container, id)),
    );
    const inbound = ambassador?.find(({ listener }) => listener === 'inbound');
    if (inbound === undefined) return notHere(cluster, id);
    const outbound = ambassador?.find(({ listener }) => listener === 'outbound');
    if (outbound === undefined || nginx?.length === 0) {
      return {
        state: 'wrong',
        reason: `legacy-app answered ${inbound.url_path} by itself: it did not ask for its catalog, so nginx never saw ${id}`,
        next: SEND,
      };
    }
    if (adapter?.length === 0) {
      return { state: 'not-yet', reason: `log-adapter has not written of ${id} yet`, next: 'Wait a second.' };
    }
    return {
      state: 'passed',
      seen: `${id}: ${inbound.url_path} came in, ${outbound.url_path} went out to nginx, and log-adapter told of it`,
    };
  },
};

async function notHere(cluster: CourseCluster, id: string): Promise<Verdict> {
  const elsewhere = await linesOf(cluster, await podOf(cluster, 'ambassador'), 'ambassador', id);
  if (elsewhere.length > 0) {
    return {
      state: 'wrong',
      reason: `${id} went through the Pod ambassador (port 8080), and that one is not the combined Pod`,
      next: SEND,
    };
  }
  return { state: 'not-yet', reason: `the ambassador of the combined Pod has not seen ${id}`, next: SEND };
}

const whichCommit: Check = {
  id: 'which-commit',
  task: 'Keep in the ConfigMap trace, under commit, the commit whose products were in the answer.',
  async look(cluster) {
    const { commit } = await notes(cluster);
    const next =
      'Ask nginx which folder it serves: kubectl -n pod-patterns exec deploy/combined -c nginx -- readlink …';
    if (commit === undefined) return { state: 'not-yet', reason: 'the ConfigMap trace has no commit', next };
    const target = { namespace: KIT, pod: await podOf(cluster, 'combined'), container: 'nginx' };
    const { stdout } = await cluster.exec(target, ['readlink', '/srv/site/current']);
    const served = stdout.trim().split('/').at(-1) ?? '';
    if (commit === served) return { state: 'passed', seen: `nginx serves ${served}` };
    if (/^[0-9a-f]{40}$/.test(commit)) {
      return { state: 'not-yet', reason: `nginx serves another commit than ${commit.slice(0, 8)}… by now`, next };
    }
    return {
      state: 'wrong',
      reason: `"${commit}" is not a commit: a branch moves on, and half a hash may become ambiguous; all 40 digits are wanted`,
      next,
    };
  },
};

export const lesson: Lesson = {
  number: 5,
  slug: 'all-three',
  title: 'All three in one Pod',
  question: 'What does one request meet on its way through a Pod with all three helpers, and how can you prove it?',
  minutes: 10,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'request id',
      meaning: 'A name for one request, in the header x-request-id. Every program on the way writes it into its log.',
      ecs: 'The same header. An Application Load Balancer adds one of its own, X-Amzn-Trace-Id.',
    },
    {
      name: 'traceparent',
      meaning: 'The header of W3C Trace Context: the trace that a request belongs to, and the step that made it.',
      ecs: 'The same header; AWS X-Ray and its OpenTelemetry collector, run as a sidecar, read it.',
    },
    {
      name: 'readiness',
      meaning: 'Whether a Pod should get requests: all its containers have to say so, helpers too.',
      ecs: 'Health checks of the target group; a container’s own healthCheck restarts the task instead.',
    },
  ],
  checks: [oneRequest, whichCommit],
};
