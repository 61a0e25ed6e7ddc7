import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { configMaps, configText, ofKind, pods } from './read-manifests.ts';

test.each(pods)('$name mounts the ConfigMaps of its own folder, all of them and no others', ({ folder, spec }) => {
  const mounted = (spec.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []);
  const inFolder = configMaps.filter((configMap) => configMap.folder === folder).map(({ name }) => name);
  expect(mounted.sort()).toEqual(inFolder.sort());
});

// By the file, because one image may be nginx and a web server of files that change.
const TAKEN_UP_WHILE_RUNNING = ['ambassador.yaml', 'log-adapter.yaml', 'products.json'];

test.each(pods)('$name says which of its ConfigMaps are read at the start only', ({ deployment, folder }) => {
  const own = configMaps.filter((configMap) => configMap.folder === folder);
  const readAtStart = own
    .filter(({ data }) => !Object.keys(data).every((key) => TAKEN_UP_WHILE_RUNNING.includes(key)))
    .map(({ name }) => `ConfigMap/${name}`);
  const { annotations = {} } = deployment.spec.template.metadata;
  const said = annotations['pod-patterns.example/read-at-start']?.split(', ') ?? [];
  expect(said.sort()).toEqual(readAtStart.sort());
});

test.each(pods)('the claims of $name are in its own folder', ({ folder, spec }) => {
  const claims = ofKind('PersistentVolumeClaim').filter((claim) => claim.folder === folder);
  const mounted = (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
  expect(mounted).toEqual(claims.map(({ object }) => object.metadata.name));
});

test.each(configMaps)('the ConfigMap $name says which Pod it belongs to', ({ folder, labels }) => {
  const pod = pods.find((pod) => pod.folder === folder);
  expect(labels).toEqual(pod?.deployment.metadata.labels);
});

// What a command line names must be there: a key of the ConfigMap that is mounted at that folder.
test.each(
  pods.flatMap((pod) =>
    pod.all.flatMap((container) =>
      [...(container.command ?? []), ...(container.args ?? [])]
        .filter((argument) => argument.startsWith('/etc/'))
        .map((path) => ({ pod, container, path, title: `${pod.name}/${container.name}` })),
    ),
  ),
)('$title finds $path', ({ pod, container, path }) => {
  const mount = container.volumeMounts?.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
  const source = pod.spec.volumes?.find(({ name }) => name === mount?.name)?.configMap?.name ?? '';
  expect(configText(source, path.slice(`${mount?.mountPath}/`.length))).not.toBe('');
});

test.each(configMaps.flatMap(({ name, data }) => Object.entries(data).map(([key, text]) => ({ name, key, text }))))(
  '$key of $name can be parsed, and ends with a line feed',
  ({ key, text }) => {
    expect(text).toMatch(/[^\n]\n$/);
    // JSON is YAML too.
    const isYaml = /\.(yaml|json)$/.test(key);
    expect(isYaml ? parseDocument(text).errors : []).toEqual([]);
  },
);

describe('what is written twice, because a folder must not reach into another', () => {
  test('log-adapter reads the same log in the adapter and the combined Pod', () => {
    expect(configText('combined-log-adapter', 'log-adapter.yaml')).toBe(
      configText('log-adapter-config', 'log-adapter.yaml'),
    );
  });

  test('nginx differs in the combined Pod by its address only', () => {
    const [alone, combined] = ['sidecar-nginx', 'combined-nginx'].map((name) =>
      configText(name, 'nginx.conf').split('\n'),
    );
    const differing = combined?.filter((line, index) => line !== alone?.[index] && !line.trimStart().startsWith('#'));
    expect(combined).toHaveLength(alone?.length ?? 0);
    expect(differing?.map((line) => line.trim())).toEqual(['listen 127.0.0.1:8081;']);
  });
});
