/** What holds for every image, as the engine tells. */
import { beforeAll, describe, expect, test } from 'vitest';
import { APP_IMAGES, repository } from '../../scripts/images/catalog.ts';
import { conceptContainers } from '../course/pages/concepts.ts';
import { containers } from '../manifests/read-manifests.ts';
import { docker, imageOf } from '../support/containers.ts';
import { testEngine } from '../support/engine.ts';
import { appOf } from '../support/pod-description.ts';

interface ImageConfig {
  readonly Architecture: string;
  readonly Config: {
    readonly User: string;
    readonly Labels: Readonly<Record<string, string>>;
    readonly Entrypoint: readonly string[] | null;
    readonly Cmd: readonly string[] | null;
    readonly Volumes: Readonly<Record<string, unknown>> | null;
  };
}

const USERS: Readonly<Record<string, number>> = {
  ambassador: 10001,
  'git-sync': 65533,
  'log-adapter': 10003,
  'legacy-app': 10002,
  'batch-app': 10006,
  nginx: 65533,
  'git-server': 10005,
  haproxy: 10004,
  // That of haproxy, which it signals.
  'ingress-sidecar': 10004,
  // Root, with one capability: no other user can be given one.
  'policy-enforcer': 0,
};

describe.each(APP_IMAGES)('$name', ({ name }) => {
  let image: ImageConfig;
  beforeAll(async () => {
    [image] = JSON.parse(await docker('image', 'inspect', imageOf(name))) as [ImageConfig];
  });

  test('runs under a user of its own, given by number, which the manifests name too', () => {
    expect(image.Config.User).toBe(`${USERS[name]}:${USERS[name]}`);
    const inKit = containers.map(({ container }) => container).filter((container) => appOf(container) === name);
    // Some are there for one lesson only.
    const uses = inKit.length > 0 ? inKit : conceptContainers(`${repository(name)}:dev`);
    const users = uses.map(({ securityContext }) => `${securityContext.runAsUser}:${securityContext.runAsGroup}`);
    expect([...new Set(users)]).toEqual([image.Config.User]);
  });

  test('says what it is and what it is built on', () => {
    expect(image.Config.Labels).toMatchObject({
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.version': imageOf(name).split(':').at(-1),
      'org.opencontainers.image.base.name': expect.stringMatching(/^.+:.+$/) as string,
    });
  });

  test('is for the architecture of the engine', async () => {
    const { architecture } = await testEngine();
    expect(image.Architecture).toBe(architecture);
  });

  test('starts its program without a shell, which would keep signals from it', () => {
    const { Entrypoint, Cmd } = image.Config;
    expect(Entrypoint).not.toBeNull();
    for (const command of [Entrypoint, Cmd]) expect(command?.slice(0, 2)).not.toEqual(['/bin/sh', '-c']);
  });

  test('declares no volume, so that nothing is writable but what a Pod mounts', () => {
    expect(image.Config.Volumes).toBeNull();
  });
});
