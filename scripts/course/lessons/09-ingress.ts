/** Lesson 9: an Ingress is only a wish, until a controller makes a proxy fulfil it. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { KubeObject } from '../../deploy/kube-types.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';

const NAMESPACE = 'lesson-ingress';
const HOST = 'shop.example';
const TIMEOUT_MS = 5_000;

/** What each path has to lead to: the word in front of the first dash of a Pod's name. */
const WANTED: readonly (readonly [path: string, app: string])[] = [
  ['/', 'shop'],
  ['/orders/17', 'shop'],
  ['/help', 'help'],
  ['/help/returns', 'help'],
  ['/helpers', 'shop'],
];

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Asks for a host by its name, although the name leads nowhere. Throws if nobody answers. */
async function ask(base: string, path: string, signal: AbortSignal): Promise<Answer> {
  const url = new URL(path, base);
  const limits = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const headers = { host: HOST, connection: 'close' };
  const call =
    url.protocol === 'https:'
      ? httpsRequest(url, { headers, signal: limits, servername: HOST, rejectUnauthorized: false })
      : httpRequest(url, { headers, signal: limits });
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: (await text(response)).trim() };
}

/** Why nothing is heard of an Ingress: what an Ingress without a controller looks like. */
async function ingressFault(cluster: CourseCluster): Promise<string | undefined> {
  const ingresses = await cluster.list({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    namespace: NAMESPACE,
  });
  const classOf = ({ spec }: KubeObject) => (spec as { ingressClassName?: string } | undefined)?.ingressClassName;
  const lost = ingresses.find((ingress) => classOf(ingress) !== 'pod-patterns');
  if (lost === undefined) return undefined;
  return `the Ingress ${lost.metadata.name} has the class ${classOf(lost) ?? '(none)'}, for which no controller works`;
}

async function lookAtRoutes(cluster: CourseCluster): Promise<Verdict> {
  const { entryPoints, signal } = cluster;
  const answers = await Promise.all(
    WANTED.map(async ([path, app]) => ({ path, app, ...(await ask(entryPoints.ingress, path, signal)) })),
  );
  const led = answers.map(({ path, status, body }) => `${path} → ${status === 200 ? podOf(body) : status}`).join(', ');
  const bad = answers.filter(({ app, status, body }) => status !== 200 || podOf(body) !== app);
  if (bad.length === 0) return { state: 'passed', seen: `${HOST}: ${led}` };
  const appAt = (path: string) => podOf(answers.find((answer) => answer.path === path)?.body ?? '');
  if (appAt('/help') === 'help' && appAt('/help/returns') === 'shop') {
    return {
      state: 'wrong',
      reason: '/help leads to help, but /help/returns does not: the pathType Exact is for one path only',
      next: 'Use the pathType Prefix.',
    };
  }
  if (appAt('/') === 'help') {
    return {
      state: 'wrong',
      reason: 'everything leads to help: a rule for / matches every path, and the shop lost its own',
      next: `Keep the rule for / and add one for /help: kubectl -n ${NAMESPACE} get ingress -o yaml`,
    };
  }
  const fault = await ingressFault(cluster);
  if (fault !== undefined) {
    return { state: 'wrong', reason: fault, next: 'Set spec.ingressClassName: pod-patterns.' };
  }
  return {
    state: 'not-yet',
    reason: `${bad[0]?.path} should lead to ${bad[0]?.app}; now ${led}`,
    next: `kubectl -n ${NAMESPACE} describe ingress`,
  };
}

async function lookAtTls(cluster: CourseCluster): Promise<Verdict> {
  try {
    const base = cluster.entryPoints['ingress-tls'].replace('http:', 'https:');
    const { status, body } = await ask(base, '/', cluster.signal);
    if (status === 200 && body.endsWith('over https')) return { state: 'passed', seen: `over TLS: ${body}` };
    return { state: 'not-yet', reason: `over TLS the answer is ${status}: ${body}`, next: 'npm run check -- 9' };
  } catch {
    const events = await cluster.list({ apiVersion: 'v1', kind: 'Event', namespace: NAMESPACE });
    const ingresses = await cluster.list({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: NAMESPACE });
    const tls = ingresses.flatMap(({ spec }) => (spec as { tls?: { secretName?: string }[] } | undefined)?.tls ?? []);
    if (tls.length === 0) {
      return {
        state: 'not-yet',
        reason: `no Ingress has a part tls, so the handshake is refused: nobody has a certificate for ${HOST}`,
        next: 'Add spec.tls with the host and the name of the Secret.',
      };
    }
    const names = tls.map(({ secretName = '' }) => secretName);
    const refused = events.findLast(
      (event) =>
        event['reason'] === 'CertificateInvalid' &&
        names.some((name) => String(event['message']).includes(`tls ${name}:`)),
    );
    if (refused === undefined) {
      return {
        state: 'not-yet',
        reason: `no certificate is shown for ${HOST}`,
        next: `kubectl -n ${NAMESPACE} get events`,
      };
    }
    return {
      state: 'wrong',
      reason: `the controller says: ${String(refused['message'])}`,
      next: 'Name the Secret shop-tls, the one that the Role lets the controller read, and make it of a certificate and its key.',
    };
  }
}

function podOf(body: string): string {
  return body.split('-')[0] ?? '';
}

export const lesson: Lesson = {
  number: 9,
  slug: 'ingress',
  title: 'Ingress',
  question: 'How do many sites share one address, and who reads the rules?',
  minutes: 15,
  namespaces: [NAMESPACE, 'lesson-ingress-controller'],
  terms: [
    {
      name: 'Ingress',
      meaning: 'Rules that lead requests from outside, by host and path, to Services. By itself it does nothing.',
      ecs: 'The listener rules of an Application Load Balancer.',
    },
    {
      name: 'ingress controller',
      meaning: 'A program in the cluster that reads Ingresses and makes a proxy do what they say.',
      ecs: 'None to run: the load balancer is a service of AWS. The AWS Load Balancer Controller makes one of an Ingress.',
    },
    {
      name: 'IngressClass',
      meaning: 'The name by which an Ingress chooses its controller, where there are several.',
      ecs: 'The choice of a load balancer in the definition of a service.',
    },
    {
      name: 'EndpointSlice',
      meaning:
        'A list of addresses of the Pods behind a Service, with whether each is ready, kept up to date by the control plane.',
      ecs: 'The targets registered in a target group.',
    },
    {
      name: 'TLS Secret',
      meaning: 'A Secret of the type kubernetes.io/tls: a certificate and its private key.',
      ecs: 'A certificate of the AWS Certificate Manager, whose key nobody gets to see.',
    },
  ],
  checks: [
    {
      id: 'routes',
      task: 'Lead shop.example/help and everything below it to the Service help, and all other paths to the Service shop.',
      look: lookAtRoutes,
    },
    {
      id: 'tls',
      task: 'Let https://shop.example answer with the certificate in the Secret shop-tls.',
      look: lookAtTls,
    },
  ],
};
