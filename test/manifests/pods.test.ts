import { describe, expect, test } from 'vitest';
import { containers, pods, running, sidecars } from './read-manifests.ts';
import { preStopSleepSeconds, quantity, type Container } from './schema.ts';

const MIB = 2 ** 20;

const UIDS: Readonly<Record<string, number>> = {
  'pod-patterns/ambassador:dev': 10_001,
  'pod-patterns/batch-app:dev': 10_006,
  'pod-patterns/git-server:dev': 10_005,
  'pod-patterns/git-sync:dev': 65_533,
  'pod-patterns/haproxy:dev': 10_004,
  'pod-patterns/legacy-app:dev': 10_002,
  'pod-patterns/log-adapter:dev': 10_003,
  'pod-patterns/nginx:dev': 65_533,
};

test('each Pod has the containers it is there for, in the order in which they start', () => {
  const names = (all: readonly Container[]) => all.map(({ name }) => name);
  expect(Object.fromEntries(pods.map((pod) => [pod.name, [names(pod.sidecars), names(pod.spec.containers)]]))).toEqual({
    adapter: [['log-adapter'], ['legacy-app']],
    'adapter-batch': [['log-adapter'], ['batch-app']],
    'adapter-nginx': [['log-adapter'], ['nginx']],
    ambassador: [['ambassador'], ['legacy-app']],
    'ambassador-haproxy': [['haproxy'], ['legacy-app']],
    catalog: [[], ['nginx']],
    combined: [
      ['log-adapter', 'git-sync', 'ambassador'],
      ['nginx', 'legacy-app'],
    ],
    'git-server': [[], ['backend', 'nginx']],
    sidecar: [['git-sync'], ['nginx']],
  });
});

test.each(containers)('$title runs an image of the kit under the UID of that image', ({ container }) => {
  expect(UIDS).toHaveProperty([container.image], container.securityContext.runAsUser);
  expect(container.securityContext.runAsGroup).toBe(container.securityContext.runAsUser);
});

test.each(pods)('$name is replaced without a gap, unless only one Pod may write to its volume', (pod) => {
  const hasClaim = (pod.spec.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined);
  expect(pod.deployment.spec.strategy.type).toBe(hasClaim ? 'Recreate' : 'RollingUpdate');
});

test('a container that is in several Pods has the same resources and privileges in all of them', () => {
  const uses = Object.groupBy(containers, ({ container }) => `${container.image} ${container.name}`);
  const differing = Object.entries(uses).filter(([, group = []]) => {
    const settings = group.map(({ container: { resources, securityContext } }) =>
      JSON.stringify({ resources, securityContext }),
    );
    return new Set(settings).size !== 1;
  });
  expect(differing.map(([program]) => program)).toEqual([]);
});

describe('resources', () => {
  test('all Pods request little CPU: they fit beside a control plane, even while each of them is replaced', () => {
    const requested = pods.map(({ running, initContainers }) => {
      const cpu = (all: readonly Container[]) => all.map(({ resources }) => quantity(resources.requests.cpu));
      return Math.max(sum(cpu(running)), ...cpu(initContainers));
    });
    expect(2 * sum(requested)).toBeLessThanOrEqual(0.7);
  });

  test.each(sidecars)('the helper $title stays within 128 MiB', ({ container }) => {
    expect(quantity(container.resources.limits.memory)).toBeLessThanOrEqual(128 * MIB);
  });

  test.each(containers)('$title requests no more than its limit', ({ container }) => {
    const { requests, limits } = container.resources;
    expect(quantity(requests.memory)).toBeLessThanOrEqual(quantity(limits.memory));
    expect(quantity(requests['ephemeral-storage'])).toBeLessThanOrEqual(quantity(limits['ephemeral-storage']));
  });

  // The kubelet adds up what the volumes and the logs of a Pod take, and evicts it beyond the sum of the limits. It keeps
  // five files of 10 MiB of each container's log.
  test.each(pods)('the storage limits of $name cover its volumes when full, and its logs', ({ spec, running }) => {
    const volumes = (spec.volumes ?? []).map(({ emptyDir }) => (emptyDir ? quantity(emptyDir.sizeLimit) : 0));
    const limits = running.map(({ resources }) => quantity(resources.limits['ephemeral-storage']));
    expect(sum(volumes) + running.length * 50 * MIB).toBeLessThanOrEqual(sum(limits));
  });
});

describe('volumes', () => {
  const shared = pods.flatMap((pod) =>
    (pod.spec.volumes ?? []).flatMap(({ name: volume, configMap }) => {
      const users = pod.running.filter(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => name === volume));
      const isShared = configMap === undefined && users.length > 1;
      return isShared ? [{ title: `${volume} of ${pod.name}`, pod, volume, users }] : [];
    }),
  );

  test.each(pods)('each volume of $name is mounted, and each mount has a volume', ({ spec, all }) => {
    const mounted = all.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
    expect([...new Set(mounted)].sort()).toEqual((spec.volumes ?? []).map(({ name }) => name).sort());
  });

  // Containers of different UIDs meet in the group of the volume. Of two writers with different UIDs, neither could
  // change the files of the other.
  test.each(shared)('$title belongs to a group, and to the one UID that writes', ({ pod, volume, users }) => {
    const { securityContext } = pod.spec;
    expect(securityContext).toMatchObject({ fsGroup: expect.any(Number), fsGroupChangePolicy: 'OnRootMismatch' });
    const writers = users.filter(({ volumeMounts = [] }) =>
      volumeMounts.some(({ name, readOnly }) => name === volume && readOnly === undefined),
    );
    expect(new Set(writers.map(({ securityContext: { runAsUser } }) => runAsUser)).size).toBe(1);
  });

  test.each(containers)('$title mounts every ConfigMap read-only', ({ pod, container }) => {
    const configMaps = new Set((pod.spec.volumes ?? []).flatMap(({ name, configMap }) => (configMap ? [name] : [])));
    const mounts = (container.volumeMounts ?? []).filter(({ name }) => configMaps.has(name));
    expect(mounts.filter(({ readOnly }) => readOnly !== true)).toEqual([]);
  });
});

describe('ports', () => {
  test.each(pods)('no two containers of $name use one port or one name, for they share the network', ({ running }) => {
    const ports = running.flatMap(({ ports = [] }) => ports);
    expect(new Set(ports.map(({ name }) => name)).size).toBe(ports.length);
    expect(new Set(ports.map(({ containerPort }) => containerPort)).size).toBe(ports.length);
  });

  test.each(pods)('$name changes what an unprivileged process may do only if it listens below 1024', (pod) => {
    const isLow = pod.running.some(({ ports = [] }) => ports.some(({ containerPort }) => containerPort < 1_024));
    const sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }];
    expect(pod.spec.securityContext.sysctls).toEqual(isLow ? sysctls : undefined);
  });
});

describe('shutdown', () => {
  test.each(pods)('the preStop sleeps of $name leave most of the grace period for the shutdown itself', (pod) => {
    expect(2 * Math.max(...pod.running.map(preStopSleepSeconds))).toBeLessThan(pod.spec.terminationGracePeriodSeconds);
  });

  test.each(running.filter(({ pod, container }) => pod.spec.containers.includes(container)))(
    '$title goes on serving while its Pod is taken out of the Service, if it is behind one',
    ({ pod, container }) => {
      // The Services of these adapters lead to the sidecar, and git-server goes before its successor comes.
      const isExempt = ['adapter', 'adapter-batch', 'git-server'].includes(pod.name);
      expect(preStopSleepSeconds(container) >= 5).toBe(!isExempt);
    },
  );

  test('in the combined Pod, nginx outlives the app that asks it', () => {
    const [nginx = 0, legacyApp = 0] = ['nginx', 'legacy-app'].map((name) =>
      running
        .filter(({ title }) => title === `combined/${name}`)
        .map(({ container }) => preStopSleepSeconds(container))
        .at(0),
    );
    expect(nginx).toBeGreaterThan(legacyApp);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
