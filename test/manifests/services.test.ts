import { expect, test } from 'vitest';
import * as z from 'zod';
import { KIND_CONFIG, ofKind, pods, readDocuments } from './read-manifests.ts';

const services = ofKind('Service').map(({ object, folder }) => ({
  name: object.metadata.name,
  folder,
  ...object.spec,
}));
const ports = services.flatMap(({ name, ports }) => ports.map((port) => ({ service: name, ...port })));

const KindConfig = z.object({
  nodes: z.tuple([
    z.object({
      extraPortMappings: z.array(
        z.object({ containerPort: z.int(), hostPort: z.int(), listenAddress: z.literal('127.0.0.1') }),
      ),
    }),
  ]),
});

test.each(services)(
  'the Service $name selects the Pod of its own folder, and leads to a port that a container has',
  (service) => {
    const selected = pods.filter(({ deployment }) => {
      const labels = deployment.spec.template.metadata.labels ?? {};
      return Object.entries(service.selector).every(([key, value]) => labels[key] === value);
    });
    expect(selected.map(({ folder }) => folder)).toEqual([service.folder]);
    const names = selected.flatMap(({ running }) => running.flatMap(({ ports = [] }) => ports.map(({ name }) => name)));
    for (const { targetPort } of service.ports) expect(names).toContain(targetPort);
  },
);

test('what can be reached from the host is what the kit promises, on the loopback address only', () => {
  const { nodes } = KindConfig.parse(readDocuments(KIND_CONFIG)[0]);
  const reachable = nodes[0].extraPortMappings.map(({ containerPort, hostPort }) => {
    const port = ports.find(({ nodePort }) => nodePort === containerPort);
    return port === undefined ? `for lessons ${hostPort}` : `${port.service} ${port.name} ${hostPort}`;
  });
  expect(reachable.sort()).toEqual([
    'adapter metrics 8082',
    'ambassador http 8080',
    'ambassador-haproxy http 8084',
    'combined http 8083',
    'for lessons 8086',
    'for lessons 8087',
    'for lessons 8088',
    'git-server http 8085',
    'sidecar http 8081',
  ]);
});

test('every node port is mapped, and used once', () => {
  const { nodes } = KindConfig.parse(readDocuments(KIND_CONFIG)[0]);
  const mapped = nodes[0].extraPortMappings.map(({ containerPort }) => containerPort);
  const used = ports.flatMap(({ nodePort }) => nodePort ?? []);
  expect(new Set(used).size).toBe(used.length);
  expect(used.filter((port) => !mapped.includes(port))).toEqual([]);
});

test('a Service is of type NodePort if, and only if, its ports have a fixed one', () => {
  for (const { name, type, ports } of services) {
    const fixed = ports.filter(({ nodePort }) => nodePort !== undefined).length;
    expect({ name, fixed }).toEqual({ name, fixed: type === 'NodePort' ? ports.length : 0 });
  }
});
