/** Lesson 14: who may talk to whom, tried by real connections. */
import type { KubeObject } from '../../deploy/kube-types.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';

const NAMESPACE = 'lesson-policies';
const OTHER = 'lesson-policies-other';

const SOURCES = [
  { namespace: NAMESPACE, pod: 'web' },
  { namespace: NAMESPACE, pod: 'api' },
  { namespace: NAMESPACE, pod: 'db' },
  { namespace: OTHER, pod: 'other' },
] as const;
const TARGETS = ['web', 'api', 'db'] as const;

/** What must come about, and nothing else: as FROM→TO. */
const WANTED: ReadonlySet<string> = new Set(['web→api', 'api→db']);

/** Each pair of Pods, and each Pod with the DNS of the cluster, with whether a connection came about. */
type Table = ReadonlyMap<string, boolean>;

/** Tries all at once; what is dropped shows as a connection that does not come about in two seconds. */
const PROGRAM = `
try() { timeout 2 bash -c "exec 3<>/dev/tcp/$2/80" 2> /dev/null && echo "$1 yes" || echo "$1 no"; }
for pair in $0; do try "\${pair%=*}" "\${pair#*=}" & done
timeout 2 getent hosts web.${NAMESPACE}.svc.cluster.local > /dev/null && echo "DNS yes" || echo "DNS no"
wait`;

async function tryAll({ exec, get }: Pick<CourseCluster, 'exec' | 'get'>): Promise<Table> {
  const addresses = await Promise.all(
    TARGETS.map(async (name) => {
      const service = await get({ apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE, name });
      const address = (service?.['spec'] as { clusterIP?: string } | undefined)?.clusterIP;
      if (address === undefined) throw new Error(`there is no Service ${name} in the namespace ${NAMESPACE}`);
      return `${name}=${address}`;
    }),
  );
  const rows = await Promise.all(
    SOURCES.map(async (source) => {
      const { stdout } = await exec(source, ['bash', '-c', PROGRAM, addresses.join(' ')]);
      return [...stdout.matchAll(/^(\w+) (yes|no)$/gm)].flatMap(([, target = '', answer]): [string, boolean][] =>
        target === source.pod ? [] : [[`${source.pod}→${target}`, answer === 'yes']],
      );
    }),
  );
  return new Map(rows.flat());
}

async function lookAtPolicies(cluster: CourseCluster): Promise<Verdict> {
  const policies = await cluster.list({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    namespace: NAMESPACE,
  });
  const table = await tryAll({ exec: (...call) => cluster.exec(...call), get: (ref) => cluster.get(ref) });
  const between = [...table].filter(([pair]) => !pair.endsWith('DNS'));
  const open = between.filter(([, isOpen]) => isOpen).map(([pair]) => pair);
  const missing = [...WANTED].filter((pair) => !open.includes(pair));
  const surplus = open.filter((pair) => !WANTED.has(pair));
  const seen = `what comes about: ${open.join(', ') || 'nothing'}`;

  if (open.length === between.length) {
    const isDenied = policies.some(({ metadata }) => metadata.name === 'default-deny');
    return {
      state: 'not-yet',
      reason: isDenied
        ? 'there is a policy that forbids everything, and every connection comes about: nobody enforces policies here'
        : 'every connection comes about: no policy forbids anything',
      next: `kubectl apply -k manifests/concepts/14-network-policies/${isDenied ? 'enforcer' : 'deny'}`,
    };
  }
  const fromOther = surplus.find((pair) => pair.startsWith('other→'));
  if (fromOther !== undefined && missing.length === 0) {
    return {
      state: 'wrong',
      reason: `${fromOther} comes about too, from another namespace: a peer lets in more than is wanted`,
      next: 'Two items of `from` mean one or the other; podSelector and namespaceSelector in one item mean both.',
    };
  }
  if (surplus.length > 0) {
    return { state: 'wrong', reason: `${surplus.join(', ')} should not come about; ${seen}`, next: 'Allow less.' };
  }
  if (missing.length === 0) {
    const deaf = [...table].filter(([pair, isOpen]) => pair.endsWith('DNS') && !isOpen).map(([pair]) => pair);
    if (deaf.length === 0) return { state: 'passed', seen: `${seen}; and everybody has DNS` };
    return {
      state: 'not-yet',
      reason: `${seen}, but ${deaf.join(', ')} does not: names are not found`,
      next: 'kubectl apply -k manifests/concepts/14-network-policies/dns',
    };
  }
  const half = missing.find((pair) => hasHalf(policies, pair));
  if (half !== undefined) {
    const [from = '', to = ''] = half.split('→');
    return {
      state: 'wrong',
      reason: `${half} does not come about: ${to} may receive from ${from}, but ${from} may not send, because default-deny is for both directions`,
      next: `Add a policy that selects ${from}, with the policyTypes Egress.`,
    };
  }
  return {
    state: 'not-yet',
    reason: `${missing.join(', ')} should come about; ${seen}`,
    next: `kubectl -n ${NAMESPACE} describe networkpolicies`,
  };
}

interface PolicySpec {
  readonly podSelector?: { readonly matchLabels?: { readonly app?: string } };
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly unknown[];
  readonly egress?: readonly unknown[];
}

/** Whether the one who is called has a policy that lets somebody in, and the caller none that lets it out to a Pod. */
function hasHalf(policies: readonly KubeObject[], pair: string): boolean {
  const [from, to] = pair.split('→');
  const specs = policies.map((policy) => (policy['spec'] ?? {}) as PolicySpec);
  const appOf = ({ podSelector }: PolicySpec) => podSelector?.matchLabels?.app;
  return (
    specs.some((spec) => appOf(spec) === to && (spec.ingress ?? []).length > 0) &&
    !specs.some((spec) => appOf(spec) === from && (spec.egress ?? []).length > 0)
  );
}

export const lesson: Lesson = {
  number: 14,
  slug: 'network-policies',
  title: 'NetworkPolicies',
  question: 'Who may talk to whom, and who sees to it?',
  minutes: 15,
  namespaces: [NAMESPACE, OTHER, 'lesson-policy-enforcer'],
  terms: [
    {
      name: 'NetworkPolicy',
      meaning:
        'What Pods with certain labels may receive from and send to. Policies only add to each other: nothing is allowed twice or forbidden again.',
      ecs: 'Security groups of a task: allowances too, by address or by another group, and never by label.',
    },
    {
      name: 'network plugin',
      meaning:
        'The program that gives each Pod its address and connects it. Whether NetworkPolicies are enforced is up to it.',
      ecs: 'The network mode awsvpc, which gives each task a network interface of the VPC.',
    },
    {
      name: 'default deny',
      meaning:
        'A NetworkPolicy that selects all Pods of a namespace and allows nothing, so that what is to be allowed has to be said.',
      ecs: 'A security group without rules for what comes in; what goes out is allowed unless one removes that rule.',
    },
    {
      name: 'DaemonSet',
      meaning: 'Sees to it that one Pod of a kind runs on every node.',
      ecs: 'A service with the scheduling strategy DAEMON, on instances of your own; Fargate has no nodes to put one on.',
    },
  ],
  checks: [
    {
      id: 'allowed',
      task: 'Let web call api, and api call db, and nobody anybody else; names must be found by all of them.',
      look: lookAtPolicies,
    },
  ],
};
