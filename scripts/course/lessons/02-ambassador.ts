/** The ambassador pattern: a program with a hard-coded port, reached and reaching out through a container beside it. */
import type { ContainerTarget, CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { podsOf } from '../pods.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-02';
const ORDER = 'http://127.0.0.1:80/orders/17';
const CATALOG = 'http://127.0.0.1:9000/products.json';
const OPS = 'http://127.0.0.1:9901';
const HURRY = 'kubectl -n lesson-02 annotate pod -l app=shop hurry="$(date +%s)" --overwrite';

export const lesson: Lesson = {
  number: 2,
  slug: 'ambassador',
  title: 'Ambassador',
  question:
    'A program has its port and its addresses compiled in: how does it get into a cluster without being changed?',
  minutes: 15,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'ambassador',
      meaning:
        'A container beside a program that speaks to the network for it, over the localhost that containers of a Pod share.',
      ecs: 'A container of the same task in the network mode awsvpc; Service Connect puts an Envoy there by itself.',
    },
    {
      name: 'hot reload',
      meaning: 'A program takes a changed configuration into use without a restart, and without closing connections.',
      ecs: 'No counterpart: a new task definition starts new tasks. AppConfig with its agent comes near.',
    },
  ],
  checks: [
    {
      id: 'catalog',
      task: 'Let the program reach the Service catalog of pod-patterns at localhost:9000, by a change of the ConfigMap alone.',
      look: lookAtCatalog,
    },
    {
      id: 'haproxy',
      task: 'Put HAProxy in the place of the ambassador: orders arrive as before, and Via names HAProxy.',
      look: lookAtHaproxy,
    },
  ],
};

async function lookAtCatalog(cluster: CourseCluster): Promise<Verdict> {
  const shop = await findShop(cluster);
  const order = await ask(cluster, shop, ORDER);
  const { catalogVia } = order.json as { catalogVia?: string };
  if (order.status === 200 && catalogVia?.includes('ambassador') !== true) {
    return notYet('orders arrive, but the products do not come through an ambassador', 'Start again at "A door".');
  }
  const { rejected, config } = (await ask(cluster, shop, `${OPS}/config`)).json as AmbassadorView;
  if (rejected !== null && rejected !== undefined) {
    return wrong(
      `the ambassador refused the file: ${rejected.message.replaceAll('\n', ' ')}`,
      'Correct it, and apply it again.',
    );
  }
  const listener = config?.listeners.find(({ port }) => port === 9_000);
  if (listener === undefined) {
    return notYet('the ambassador has no listener on port 9000', `Add one; the file arrives sooner with: ${HURRY}`);
  }
  if (listener.host !== '127.0.0.1') {
    return wrong(
      'port 9000 is open to the whole cluster, and not to this Pod alone',
      'Set host: 127.0.0.1 of the listener.',
    );
  }
  if (order.status === 200) return passed(`an order with its products, which came by ${catalogVia}`);
  const { status, text } = await ask(cluster, shop, CATALOG);
  const upstream = config?.upstreams[listener.upstream];
  return wrong(
    `the ambassador answers ${status} at localhost:9000, because of ${upstream?.host}:${upstream?.port}: ${text.slice(0, 200)}`,
    'From another namespace the name of the Service is catalog.pod-patterns, and its port 80.',
  );
}

async function lookAtHaproxy(cluster: CourseCluster): Promise<Verdict> {
  const shop = await findShop(cluster);
  const { status, via, text, json } = await ask(cluster, shop, ORDER);
  const { catalogVia } = json as { catalogVia?: string };
  if (via.includes('ambassador')) {
    return notYet('Via still names the ambassador', 'Apply a Deployment shop with the image pod-patterns/haproxy:dev.');
  }
  if (via.includes('haproxy') && catalogVia?.includes('haproxy') === true) {
    return passed(`an order that came by ${via}, with products that came by ${catalogVia}`);
  }
  if (via.includes('haproxy')) {
    return wrong(
      `orders reach the program through HAProxy, but it gets no products at localhost:9000: ${text.slice(0, 200)}`,
      'HAProxy needs a second frontend, on 127.0.0.1:9000, and a backend with the catalog.',
    );
  }
  return wrong(
    `what is in the ambassador's place answers ${status} without having reached the program`,
    'The program listens on 127.0.0.1:8775, and on nothing else.',
  );
}

/** What `GET /config` of the ambassador says, as far as it is looked at; nothing of it if something else answers. */
interface AmbassadorView {
  readonly rejected?: { readonly message: string } | null;
  readonly config?: {
    readonly listeners: readonly { readonly port: number; readonly host?: string; readonly upstream: string }[];
    readonly upstreams: Readonly<Record<string, { readonly host: string; readonly port: number } | undefined>>;
  };
}

/** The program's own container: it has Node.js, and shares its network with whoever is in the ambassador's place. */
async function findShop(cluster: CourseCluster): Promise<ContainerTarget> {
  const [pod] = await podsOf(cluster, NAMESPACE, 'app=shop');
  if (pod === undefined) throw new Error(`there is no Pod of the Deployment shop in ${NAMESPACE}`);
  return { namespace: NAMESPACE, pod: pod.metadata.name, container: 'legacy-app' };
}

const ASK = `
fetch(process.argv[1], { headers: { connection: 'close' } }).then(async (response) =>
  console.log(JSON.stringify({ status: response.status, via: response.headers.get('via') ?? '', text: await response.text() })));
`;

interface Answer {
  readonly status: number;
  readonly via: string;
  readonly text: string;
  /** The body if it is a JSON object, else an empty one. */
  readonly json: object;
}

async function ask(cluster: CourseCluster, from: ContainerTarget, url: string): Promise<Answer> {
  const { exitCode, stdout, stderr } = await cluster.exec(from, ['node', '-e', ASK, url]);
  if (exitCode !== 0) {
    const [, reason = stderr.trim()] = /\b(E[A-Z]{4,})\b/.exec(stderr) ?? [];
    throw new Error(`${url}, asked from within the Pod: ${reason}`);
  }
  const answer = JSON.parse(stdout) as Omit<Answer, 'json'>;
  return { ...answer, json: answer.text.startsWith('{') ? (JSON.parse(answer.text) as object) : {} };
}
