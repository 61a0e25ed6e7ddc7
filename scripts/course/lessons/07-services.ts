/** Services: one name for Pods that come and go, inside of the cluster and from outside. */
import type { KubeObject } from '../../deploy/kube-types.ts';
import { askFromPod, countAnswers, lookUpInPod } from '../from-pod.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { clientPod, podsOf } from '../pods.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-07';
/** Each Pod gets a third of them; that all leave one out practically never happens. */
const REQUESTS = 40;
/** kind-config.yaml leads from one to the other. */
const NODE_PORT = 30_088;
const FROM_OUTSIDE = 'http://127.0.0.1:8088';

interface Service extends KubeObject {
  readonly spec: {
    readonly type: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports: readonly {
      readonly port: number;
      readonly targetPort: number | string;
      readonly nodePort?: number;
    }[];
  };
}

export const lesson: Lesson = {
  number: 7,
  slug: 'services',
  title: 'Services',
  question: 'Pods come and go and change their addresses: how does anybody find them?',
  minutes: 15,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'Service',
      meaning: 'One name and one address for all Pods with certain labels; each connection is led to one of them.',
      ecs: 'Service Connect, or a load balancer inside the VPC; an ECS service is a Deployment.',
    },
    {
      name: 'cluster IP',
      meaning: 'The address of a Service: no machine has it, the rules of every node lead it to a Pod that is ready.',
      ecs: 'None: Service Connect has a proxy beside each task instead.',
    },
    {
      name: 'headless Service',
      meaning: 'A Service without an address: its name leads to the addresses of the Pods themselves.',
      ecs: 'Service discovery with Cloud Map.',
    },
    {
      name: 'NodePort',
      meaning: 'A Service that can also be reached at one port of every node.',
      ecs: 'Bridge network mode with dynamic host ports.',
    },
    {
      name: 'LoadBalancer',
      meaning:
        'A Service that asks a provider outside of Kubernetes for an address; without a provider it stays pending.',
      ecs: 'Application or Network Load Balancer, named in the ECS service.',
    },
    {
      name: 'session affinity',
      meaning: 'A Service leads the connections of one client address to the same Pod.',
      ecs: 'Stickiness of a target group, by cookie.',
    },
  ],
  checks: [
    {
      id: 'published',
      task: `Publish the web server as Service shop: http://shop in the cluster, ${FROM_OUTSIDE} from your machine.`,
      look: lookAtShop,
    },
  ],
};

async function lookAtShop(cluster: CourseCluster): Promise<Verdict> {
  const client = await clientPod(cluster, NAMESPACE);
  const service = (await cluster.get({ apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE, name: 'shop' })) as
    | Service
    | undefined;
  if (service === undefined)
    return notYet('there is no Service shop', 'Make it, as a file like manifests/concepts/web/service.yaml');
  const selectorFault = await lookAtSelector(cluster, service.spec.selector);
  if (selectorFault !== undefined) return selectorFault;

  const { type, ports } = service.spec;
  const port = ports.find(({ port }) => port === 80);
  if (port === undefined) {
    return wrong(
      `shop has port ${ports.map(({ port }) => port).join()}, but http://shop is port 80`,
      'Set spec.ports[].port to 80.',
    );
  }
  const [address] = await lookUpInPod(cluster, client, 'shop');
  if (address === undefined)
    return notYet('the DNS does not know the name shop', 'kubectl -n lesson-07 get service shop');
  const inside = countAnswers(await askFromPod(cluster, client, 'http://shop', REQUESTS));
  const failure = [...inside.keys()].find((answer) => answer.startsWith('failed'));
  if (failure !== undefined) return lookAtFailure(failure, port.targetPort);

  if (type === 'ClusterIP') {
    return notYet(
      `http://shop answers, but a ${type} cannot be reached from outside`,
      'Make it a NodePort with nodePort 30088.',
    );
  }
  if (port.nodePort !== NODE_PORT) {
    return wrong(
      `the node port is ${port.nodePort}, and your machine leads 8088 to ${NODE_PORT} of the node, nothing to ${port.nodePort}`,
      `Set spec.ports[].nodePort to ${NODE_PORT}.`,
    );
  }
  const outside = new Set<string>();
  for (let asked = 0; asked < REQUESTS; asked += 1) outside.add(await askFromHere(cluster.signal));
  if (outside.size !== 3 || inside.size !== 3) {
    return notYet(
      `${inside.size} Pods answer inside, ${outside.size} outside; there should be 3`,
      'kubectl -n lesson-07 get pods',
    );
  }
  return passed(`http://shop (${address}) and ${FROM_OUTSIDE} are both answered by ${[...outside].sort().join(', ')}`);
}

async function lookAtSelector(
  cluster: CourseCluster,
  selector: Service['spec']['selector'] = {},
): Promise<Verdict | undefined> {
  const text = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join();
  const pods = text === '' ? [] : await podsOf(cluster, NAMESPACE, text);
  if (pods.length === 0) {
    return wrong(
      `no Pod has the labels that shop selects (${text || 'none'})`,
      'Compare with the labels that the Pods have: kubectl -n lesson-07 get pods --show-labels',
    );
  }
  const stranger = pods.find(({ metadata }) => metadata.labels?.['app'] !== 'web');
  if (stranger === undefined) return undefined;
  return wrong(`shop also selects ${stranger.metadata.name}, which is no web server`, 'Select app: web.');
}

function lookAtFailure(failure: string, targetPort: number | string): Verdict {
  if (targetPort === 8_080 || targetPort === 'http')
    return notYet(`http://shop: ${failure}`, 'kubectl -n lesson-07 get pods');
  return wrong(
    `http://shop: ${failure}. shop leads to port ${targetPort} of the Pods, and nothing listens there`,
    'Set spec.ports[].targetPort to http, the name that the Pods have for 8080.',
  );
}

/** The answer to one request over a connection of its own. */
async function askFromHere(signal: AbortSignal): Promise<string> {
  const response = await fetch(FROM_OUTSIDE, {
    headers: { connection: 'close' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
  });
  return (await response.text()).trim().replace(/^.* from /, '');
}
