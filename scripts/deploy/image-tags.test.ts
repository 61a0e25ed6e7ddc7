import { expect, test } from 'vitest';
import { replaceImages } from './image-tags.ts';
import type { Manifest } from './load-manifests.ts';

const IMAGES = { ambassador: 'pod-patterns/ambassador:3f2a', 'legacy-app': 'pod-patterns/legacy-app:77aa' };

function manifestWith(kind: string, image: string): Manifest {
  const podSpec = {
    initContainers: [{ name: 'ambassador', image: 'pod-patterns/ambassador:dev', restartPolicy: 'Always' }],
    containers: [{ name: 'app', image }],
  };
  const inTemplate = { template: { spec: podSpec } };
  const spec = kind === 'Pod' ? podSpec : kind === 'CronJob' ? { jobTemplate: { spec: inTemplate } } : inTemplate;
  return { object: { apiVersion: 'v1', kind, metadata: { name: 'x' }, spec }, file: 'manifests/x.yaml' };
}

test.each(['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'])(
  'replaces our images in a %s',
  (kind) => {
    const original = manifestWith(kind, 'pod-patterns/legacy-app:dev');
    const before = structuredClone(original);
    const text = JSON.stringify(replaceImages([original], IMAGES));
    expect(text).toContain('"image":"pod-patterns/ambassador:3f2a"');
    expect(text).toContain('"image":"pod-patterns/legacy-app:77aa"');
    expect(original, 'the given manifest is not changed').toEqual(before);
  },
);

test('leaves images of others, and objects without containers, as they are', () => {
  const manifest = manifestWith('Deployment', 'docker.io/pod-patterns/legacy-app:dev');
  expect(JSON.stringify(replaceImages([manifest], IMAGES))).toContain(
    '"image":"docker.io/pod-patterns/legacy-app:dev"',
  );
  const configMap = { object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }, file: 'x' };
  expect(replaceImages([configMap], IMAGES)).toEqual([configMap]);
});

test.each([
  'pod-patterns/legacy:dev',
  'pod-patterns/ambassador:v1',
  'pod-patterns/ambassador',
  'pod-patterns/constructor:dev',
])('refuses %s, which nobody builds', (image) => {
  expect(() => replaceImages([manifestWith('Deployment', image)], IMAGES)).toThrow(
    expect.objectContaining({
      code: 'MANIFEST_IMAGE_UNKNOWN',
      message: `manifests/x.yaml: Deployment/x, container app: there is no image ${image}`,
      remedy: expect.stringContaining('pod-patterns/ambassador:dev, pod-patterns/legacy-app:dev') as string,
    }) as Error,
  );
});
