/** Where the kit is reached from outside: what a learner opens, and what the checks ask. */
import type { PortMapping } from '../cluster/kind-config.ts';

/** The Services with a port of the node, by what they are called in the summary. */
const NODE_PORTS = {
  ambassador: 30080,
  sidecar: 30081,
  adapter: 30082,
  combined: 30083,
  haproxy: 30084,
  'git-server': 30085,
  // Of lessons: nothing answers there unless one is being followed.
  ingress: 30086,
  'ingress-tls': 30087,
} as const;

export type EntryPoint = keyof typeof NODE_PORTS;

/** Address of each Service on this machine, without a slash at the end; kind-config.yaml says which port it is. */
export type EntryPoints = Readonly<Record<EntryPoint, string>>;

export function entryPoints(ports: readonly PortMapping[]): EntryPoints {
  const urlOf = (nodePort: number) => {
    const mapping = ports.find(({ containerPort }) => containerPort === nodePort);
    if (mapping === undefined) throw new Error(`kind-config.yaml maps no port to ${nodePort}`);
    return `http://${mapping.listenAddress}:${mapping.hostPort}`;
  };
  const entries = Object.entries(NODE_PORTS).map(([name, nodePort]) => [name, urlOf(nodePort)]);
  return Object.fromEntries(entries) as EntryPoints;
}
