/** The programs themselves say whether they would start with what the manifests give them, and what they make of it. */
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../apps/ambassador/src/config.ts';
import { parseSettings as parseBatchSettings } from '../../apps/batch-app/src/settings.ts';
import { createConfig } from '../../apps/git-sync/src/config.ts';
import { parseFlags } from '../../apps/git-sync/src/parse-flags.ts';
import { parseSettings } from '../../apps/legacy-app/src/settings.ts';
import { AdapterConfigSchema } from '../../apps/log-adapter/src/config.ts';
import { configMaps, configText, ofKind, pods, running, type Pod } from './read-manifests.ts';
import { preStopSleepSeconds } from './schema.ts';

describe('the ambassador', () => {
  test.each([
    ['ambassador', 'ambassador-config', 'catalog:80'],
    ['combined', 'combined-ambassador', '127.0.0.1:8081'],
  ])('of %s stands between the cluster, the app and its catalog', (podName, configMap, catalog) => {
    const config = parseConfig(configMap, configText(configMap, 'ambassador.yaml'), configSchema);
    const routes = config.listeners.map(({ host, port, upstream }) => {
      const to = config.upstreams[upstream];
      return `${host ?? '*'}:${port} → ${to?.host}:${to?.port}`;
    });
    expect(routes).toEqual(['*:80 → 127.0.0.1:8775', `127.0.0.1:9000 → ${catalog}`]);
    expect(portsOf(podName, 'ambassador')).toEqual({ http: 80, 'ambassador-ops': config.ops.port });
  });

  test.each([
    ['ambassador', 'ambassador-config'],
    ['combined', 'combined-ambassador'],
  ])('of %s has the time to drain, even if each of the others takes as long as it may', (podName, configMap) => {
    const { spec, sidecars } = find(podName);
    const { timeouts } = parseConfig(configMap, configText(configMap, 'ambassador.yaml'), configSchema);
    const sleepSeconds = Math.max(...spec.containers.map(preStopSleepSeconds));
    const mainSeconds = spec.containers.length > 1 ? 10 : 8; // nginx takes longer than legacy-app
    const otherSidecarsSeconds = 5 * (sidecars.length - 1);
    const seconds = sleepSeconds + mainSeconds + timeouts.drainTimeoutMs / 1_000 + otherSidecarsSeconds;
    expect(seconds).toBeLessThan(spec.terminationGracePeriodSeconds);
    // Its SIGTERM comes last, so it is told earlier that the Pod is leaving.
    expect(container(podName, 'ambassador').lifecycle).toEqual({
      preStop: { httpGet: { path: '/drain', port: 'ambassador-ops' } },
    });
  });
});

describe('git-sync', () => {
  test.each(['sidecar', 'combined'])('of %s publishes the link that nginx serves, and signals nginx', (podName) => {
    const { args = [], volumeMounts = [] } = container(podName, 'git-sync');
    const { repo, ...config } = createConfig(parseFlags(args, {}));
    expect(repo.url).toBe('http://git-server/site.git');
    expect(config).toMatchObject({ ref: 'main', root: '/srv/site', link: '/srv/site/current', periodMs: 2_000 });
    expect(config).toMatchObject({ signalProcess: { name: 'nginx', argv: undefined }, signal: 'SIGHUP' });
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toContain(config.root);
    expect(portsOf(podName, 'git-sync')).toEqual({
      'git-sync-ops': config.httpBind?.port,
      'git-sync-push': config.pushBind?.port,
    });

    const nginx = configText(`${podName}-nginx`, 'nginx.conf');
    expect(nginx).toContain(`root ${config.link};`);
    expect(nginx).toContain(`include ${config.link}/nginx/*.conf;`);
  });

  test('is told of pushes by git-server, which signs with the key that git-sync checks', () => {
    const keyOf = (podName: string, name: string, file: string | undefined) => {
      const { volumeMounts = [] } = container(podName, name);
      const mount = volumeMounts.find(({ mountPath }) => file?.startsWith(`${mountPath}/`));
      const volume = pods.find((pod) => pod.name === podName)?.spec.volumes?.find((one) => one.name === mount?.name);
      return `${volume?.secret?.secretName} ${file?.slice(mount?.mountPath.length)}`;
    };
    const { env = [] } = container('git-server', 'backend');
    const { GIT_SERVER_PUSH_URLS: urls = '', GIT_SERVER_PUSH_SECRET_FILE: file } = Object.fromEntries(
      env.map(({ name, value }) => [name, value]),
    ) as Record<string, string>;
    expect(keyOf('git-server', 'backend', file)).toBe('git-push /secret');
    const followers = ['sidecar', 'combined'];
    for (const podName of followers) {
      const { pushSecretFile } = createConfig(parseFlags(container(podName, 'git-sync').args ?? [], {}));
      expect(keyOf(podName, 'git-sync', pushSecretFile)).toBe('git-push /secret');
    }
    const services = ofKind('Service').flatMap(({ object: { metadata, spec } }) =>
      spec.ports.map(({ port, targetPort }) => ({ targetPort, url: `http://${metadata.name}:${port}/push` })),
    );
    const called = services.filter(({ url }) => urls.split(' ').includes(url));
    expect(called.map(({ targetPort }) => targetPort)).toEqual(followers.map(() => 'git-sync-push'));
  });

  test('does the same in both Pods', () => {
    expect(container('combined', 'git-sync')).toEqual(container('sidecar', 'git-sync'));
  });
});

describe('log-adapter', () => {
  test.each([
    ['adapter', 'log-adapter-config', 'adapter-legacy-app'],
    ['combined', 'combined-log-adapter', 'combined-legacy-app'],
  ])('of %s reads the file that legacy-app writes', (podName, configMap, settings) => {
    const config = parseConfig(configMap, configText(configMap, 'log-adapter.yaml'), AdapterConfigSchema);
    const { logFile } = parseSettings(settings, configText(settings, 'legacy.ini'));
    expect(config.inputs.map(({ path }) => path)).toEqual([logFile]);
    expect(portsOf(podName, 'log-adapter')).toEqual({ 'adapter-ops': config.ops.port });
    const mounts = container(podName, 'log-adapter').volumeMounts?.map(({ mountPath }) => mountPath);
    expect(mounts).toContain(config.stateDir);
  });

  test('of adapter-nginx reads the two files that nginx writes', () => {
    const logs = [...configText('adapter-nginx-nginx', 'nginx.conf').matchAll(/^\s*(?:error|access)_log (\S+)/gm)];
    expect(inputsOf('adapter-nginx-log-adapter').sort()).toEqual(logs.map(([, file = '']) => file).sort());
  });

  test('of adapter-batch reads the file that batch-app writes', () => {
    const { logFile } = parseBatchSettings('', configText('adapter-batch-batch-app', 'application.properties'));
    expect(inputsOf('adapter-batch-log-adapter')).toEqual([logFile]);
  });

  test('makes the same metrics of every log', () => {
    const configs = [
      'log-adapter-config',
      'combined-log-adapter',
      'adapter-nginx-log-adapter',
      'adapter-batch-log-adapter',
    ];
    const [first, ...others] = configs.map((name) => read(name).metrics);
    expect(first?.map(({ name, labels }) => ({ name, labels }))).toEqual([
      { name: 'log_events_total', labels: ['service', 'level'] },
      { name: 'log_duration_milliseconds', labels: ['service'] },
    ]);
    for (const other of others) expect(other).toEqual(first);
  });

  function read(configMap: string) {
    return parseConfig(configMap, configText(configMap, 'log-adapter.yaml'), AdapterConfigSchema);
  }

  function inputsOf(configMap: string): string[] {
    return read(configMap).inputs.flatMap(({ paths }) => paths);
  }
});

describe('legacy-app', () => {
  const all = configMaps.flatMap(({ name, folder, data }) =>
    data['legacy.ini'] ? [{ name, folder, text: data['legacy.ini'] }] : [],
  );

  test.each(all)('accepts $name, and may write its log', ({ name, folder, text }) => {
    const settings = parseSettings(name, text);
    const app = running.find(({ pod, container }) => pod.folder === folder && container.name === 'legacy-app');
    const mount = app?.container.volumeMounts?.find(({ mountPath }) => settings.logFile.startsWith(`${mountPath}/`));
    expect(mount).toMatchObject({ name: 'logs' });
    expect(mount?.readOnly).toBeUndefined();
  });

  test('has the same settings everywhere', () => {
    const settings = all.map(({ name, text }) => parseSettings(name, text));
    expect(settings).toHaveLength(4);
    for (const other of settings) expect(other).toEqual(settings[0]);
  });

  test('gets from the catalog what it asks for: a list', () => {
    expect(JSON.parse(configText('catalog-products', 'products.json'))).toBeInstanceOf(Array);
  });
});

describe('nginx', () => {
  test.each([
    ['sidecar', ['8081', '9904']],
    ['combined', ['127.0.0.1:8081', '9904']],
    ['catalog', ['8080']],
    ['adapter-nginx', ['8081']],
  ])('of %s listens where its container says', (podName, addresses) => {
    const text = configText(`${podName}-nginx`, 'nginx.conf');
    expect([...text.matchAll(/^\s*listen (.+);/gm)].map(([, address]) => address)).toEqual(addresses);
    // What is on loopback cannot be reached from outside, so it is not among the ports.
    const fromOutside = addresses.filter((address) => !address.includes(':')).map(Number);
    expect(Object.values(portsOf(podName, 'nginx'))).toEqual(fromOutside);
  });

  test.each([
    ['sidecar', ['/tmp']],
    ['combined', ['/tmp']],
    ['catalog', ['/tmp']],
    ['adapter-nginx', ['/var/log/nginx', '/tmp']],
  ])('of %s writes nowhere but to a volume', (podName, volumes) => {
    const text = configText(`${podName}-nginx`, 'nginx.conf');
    const writable = (container(podName, 'nginx').volumeMounts ?? []).filter(({ readOnly }) => readOnly !== true);
    expect(writable.map(({ mountPath }) => mountPath)).toEqual(volumes);
    const paths = [...text.matchAll(/^\s*(pid|\w+_temp_path) (.+);/gm)];
    expect(paths).toHaveLength(6);
    for (const [, , path] of paths) expect(path).toMatch(/^\/tmp\//);
  });
});

function find(podName: string): Pod {
  const pod = pods.find(({ name }) => name === podName);
  if (pod === undefined) throw new Error(`no Pod ${podName}`);
  return pod;
}

function container(podName: string, name: string) {
  const found = find(podName).running.find((container) => container.name === name);
  if (found === undefined) throw new Error(`no container ${podName}/${name}`);
  return found;
}

function portsOf(podName: string, name: string): Record<string, number> {
  const { ports = [] } = container(podName, name);
  return Object.fromEntries(ports.map(({ name, containerPort }) => [name, containerPort]));
}
