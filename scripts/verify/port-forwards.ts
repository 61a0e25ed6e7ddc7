/** The way to a Service where the nodes' ports cannot be reached: through the API server, as kubectl port-forward. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { CoreV1Api, PortForward, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { ENTRY_POINTS, type EntryPoint, type EntryPoints } from './entry-points.ts';

export interface Forwards extends AsyncDisposable {
  readonly urls: EntryPoints;
}

/** Listens on a free port of 127.0.0.1 for each; every connection goes to a Pod that is ready then. */
export async function forwardServices(
  kubeConfig: KubeConfig,
  namespace: string,
  names: readonly EntryPoint[],
): Promise<Forwards> {
  await using stack = new AsyncDisposableStack();
  const forward = new PortForward(kubeConfig);
  const entries: [string, string][] = [];
  for (const name of names) {
    const server = createServer((socket) => {
      const { service, port } = ENTRY_POINTS[name];
      socket.on('error', () => socket.destroy());
      findTarget(kubeConfig, { namespace, service, port })
        .then((target) => connect(forward, namespace, target, socket))
        // Whoever asked sees a connection that is cut, and asks again.
        .catch(() => socket.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    stack.defer(() => void server.close());
    entries.push([name, `http://127.0.0.1:${(server.address() as AddressInfo).port}`]);
  }
  const opened = stack.move();
  return {
    urls: Object.fromEntries(entries) as EntryPoints,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** What to type to reach it by hand. */
export function forwardCommand(context: string, namespace: string, name: EntryPoint): string {
  const { service, port, nodePort } = ENTRY_POINTS[name];
  // The same port of this machine as on the kit's own cluster.
  const localPort = nodePort - 30_080 + 8_080;
  return `kubectl --context ${context} -n ${namespace} port-forward service/${service} ${localPort}:${port}`;
}

interface Target {
  readonly pod: string;
  readonly port: number;
}

async function connect(forward: PortForward, namespace: string, { pod, port }: Target, socket: Socket): Promise<void> {
  const webSocket = await forward.portForward(namespace, pod, [port], socket, null, socket);
  if (typeof webSocket === 'function') throw new Error('a connection that is not to be repeated');
  // The library ends neither of the two when the other has ended.
  webSocket.addEventListener('close', () => socket.end());
  socket.on('close', () => webSocket.close());
}

/** A Pod of the Service that is ready, and the port that the Service's port leads to. */
async function findTarget(
  kubeConfig: KubeConfig,
  { namespace, service, port }: { readonly namespace: string; readonly service: string; readonly port: number },
): Promise<Target> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const { spec } = await api.readNamespacedService({ namespace, name: service });
  const labelSelector = Object.entries(spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { items } = await api.listNamespacedPod({ namespace, labelSelector });
  const pod = items.find(isReady);
  const targetPort = spec?.ports?.find((candidate) => candidate.port === port)?.targetPort ?? port;
  const containers = [...(pod?.spec?.initContainers ?? []), ...(pod?.spec?.containers ?? [])];
  const number =
    typeof targetPort === 'number'
      ? targetPort
      : containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === targetPort)?.containerPort;
  if (pod?.metadata?.name === undefined || number === undefined) throw new Error(`no Pod of ${service} is ready`);
  return { pod: pod.metadata.name, port: number };
}

function isReady({ metadata, status }: V1Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return metadata?.deletionTimestamp === undefined && ready?.status === 'True';
}
