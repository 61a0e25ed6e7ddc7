/** The path of laptops: the base image comes from a registry. */
import { expect, test } from 'vitest';
import { buildAppImages } from '../../scripts/images/app-images.ts';
import { APP_IMAGES } from '../../scripts/images/catalog.ts';
import { pullImage } from '../../scripts/images/base-image.ts';
import { imageId } from '../../scripts/images/docker.ts';
import { testEngine } from '../support/engine.ts';
import { startRegistry } from '../support/registry.ts';
import { root } from '../support/root.ts';

test('a base that a registry serves is pulled, and the images are built on it', { timeout: 600_000 }, async () => {
  const engine = await testEngine();
  const { host } = engine;
  await using registry = await startRegistry(engine);
  const pulledBase = `${registry.address}/debian:trixie-slim`;
  const names = new Set<string>();
  try {
    // What the registry serves is the Debian that the kit's images are built on in this very run.
    const listed = await host.run('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}']);
    const local =
      listed.split('\n').find((name) => /^(pod-patterns\/debian-trixie:|debian:trixie-slim$)/.test(name)) ?? '';
    await host.run('docker', ['tag', local, pulledBase]);
    await host.run('docker', ['push', '--quiet', pulledBase]);
    await host.run('docker', ['rmi', pulledBase]);
    expect(await imageId(engine, pulledBase)).toBeUndefined();

    const notes: string[] = [];
    const { images } = await buildAppImages(engine, { root, note: (text) => notes.push(text), pulledBase });
    for (const { reference } of images) names.add(reference);
    expect(await imageId(engine, pulledBase)).toBeDefined();
    expect(notes.join('\n')).not.toContain('cannot be pulled');
    expect(images).toHaveLength(APP_IMAGES.length);
    const { reference = '' } = images.find(({ name }) => name === 'haproxy') ?? {};
    expect(await host.run('docker', ['run', '--rm', '--entrypoint', 'haproxy', reference, '-v'])).toContain(
      'HAProxy version 3',
    );
  } finally {
    await host.attempt('docker', ['rmi', pulledBase]);
  }
});

test('an image that no registry has is reported with the reason', async () => {
  const engine = await testEngine();
  await using registry = await startRegistry(engine);
  expect(await pullImage(engine, `${registry.address}/no-such-image:1`)).toMatch(/not found|manifest unknown/i);
});
