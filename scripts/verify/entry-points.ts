/** Where the kit is reached from outside: what a learner opens, and what the checks ask. */
import type { PortMapping } from '../cluster/kind-config.ts';

/** What is reached, as it is called in the summary: its Service, the port of that, and the node port it has. */
export const ENTRY_POINTS = {
  ambassador: { service: 'ambassador', port: 80, nodePort: 30080 },
  sidecar: { service: 'sidecar', port: 80, nodePort: 30081 },
  adapter: { service: 'adapter', port: 9903, nodePort: 30082 },
  combined: { service: 'combined', port: 80, nodePort: 30083 },
  haproxy: { service: 'ambassador-haproxy', port: 80, nodePort: 30084 },
  'git-server': { service: 'git-server', port: 80, nodePort: 30085 },
} as const;

/** Node ports of lessons: nothing answers there unless one is being followed. */
const LESSON_POINTS = { ingress: { nodePort: 30086 }, 'ingress-tls': { nodePort: 30087 } } as const;

export type EntryPoint = keyof typeof ENTRY_POINTS;

/** Address of each Service on this machine, without a slash at the end. */
export type EntryPoints = Readonly<Record<EntryPoint | keyof typeof LESSON_POINTS, string>>;

/** All of them on the kit's own cluster; kind-config.yaml says which port of this machine each is. */
export function entryPoints(ports: readonly PortMapping[]): EntryPoints {
  const urlOf = (nodePort: number) => {
    const mapping = ports.find(({ containerPort }) => containerPort === nodePort);
    if (mapping === undefined) throw new Error(`kind-config.yaml maps no port to ${nodePort}`);
    return `http://${mapping.listenAddress}:${mapping.hostPort}`;
  };
  const all = Object.entries({ ...ENTRY_POINTS, ...LESSON_POINTS });
  const entries = all.map(([name, { nodePort }]) => [name, urlOf(nodePort)]);
  return Object.fromEntries(entries) as EntryPoints;
}

/** Those that belong to one of these patterns. */
export function entryPointsOf(patterns: ReadonlySet<string>): EntryPoint[] {
  return (Object.keys(ENTRY_POINTS) as EntryPoint[]).filter((name) => patterns.has(name));
}
