/** The image of the Git server: seed, backend and nginx, asked with the git of this machine. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { removeLeftovers } from '../support/containers.ts';
import { startPod } from '../support/docker-pod.ts';
import { cloneSite } from '../support/site-clone.ts';

beforeAll(removeLeftovers);

test('serves the site, takes a push, and the seed leaves alone what is there', async () => {
  await using pod = await startPod('git-server');
  const url = `http://${pod.address(8080)}/site.git`;
  await using clone = await cloneSite(url);
  expect(await clone.git('branch', '--show-current')).toBe('main');
  expect(JSON.parse(await readFile(join(clone.folder, 'products.json'), 'utf8'))).not.toEqual([]);
  expect(await readFile(join(clone.folder, 'nginx/site.conf'), 'utf8')).toContain(
    'add_header X-Site-Setting "first" always;',
  );

  const pushed = await clone.push('index.html', '<p>second</p>\n');
  expect(await clone.git('ls-remote', url, 'refs/heads/main')).toBe(`${pushed}\trefs/heads/main`);

  // As when the Pod starts again on its claim.
  expect((await pod.container('backend').exec('git-server', 'seed')).exitCode).toBe(0);
  await using again = await cloneSite(url);
  expect(await again.git('rev-parse', 'HEAD')).toBe(pushed);
  expect(await readFile(join(again.folder, 'index.html'), 'utf8')).toBe('<p>second</p>\n');
});

test('carries what does not fit into one buffer, and both programs end in order', async () => {
  await using pod = await startPod('git-server');
  const url = `http://${pod.address(8080)}/site.git`;
  await using clone = await cloneSite(url);
  // Random, so that git cannot make it small.
  const large = randomBytes(2_000_000);
  await writeFile(join(clone.folder, 'large'), large);
  const pushed = await clone.push('index.html', 'with a large file\n');
  await using again = await cloneSite(url);
  expect(await again.git('rev-parse', 'HEAD')).toBe(pushed);
  expect((await readFile(join(again.folder, 'large'))).equals(large)).toBe(true);

  expect(await pod.container('nginx').stop(10)).toBe(0);
  // 128 and the number of SIGTERM: fcgiwrap has no other end. Had it not heard the signal, this would be 137.
  expect(await pod.container('backend').stop(10)).toBe(143);
});
