import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entryPoints } from '../verify/entry-points.ts';
import { readKindConfig } from './kind-config.ts';

const CONFIG = new URL('../../kind-config.yaml', import.meta.url).pathname;

test('the ports of the cluster are on the loopback address only, and serve every entry point', async () => {
  const { clusterName, ports } = await readKindConfig(CONFIG);
  expect(clusterName).toBe('pod-patterns');
  expect(new Set(ports.map(({ listenAddress }) => listenAddress))).toEqual(new Set(['127.0.0.1']));
  expect(entryPoints(ports)).toMatchObject({
    ambassador: 'http://127.0.0.1:8080',
    'git-server': 'http://127.0.0.1:8085',
  });
});

test('a file that is not a cluster configuration is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kind-config-'));
  const path = join(folder, 'kind-config.yaml');
  await writeFile(path, 'nodes: none\n');
  await expect(readKindConfig(path)).rejects.toMatchObject({
    code: 'KIND_CONFIG_INVALID',
    message: expect.stringContaining(path),
  });
  await rm(folder, { recursive: true });
});
