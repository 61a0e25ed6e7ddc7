/** The Git server of test/remotes as a container: HTTPS with passwords, and ssh. Others find it under the name `remote`. */
import { expect } from 'vitest';
import { contentHash, treeHash } from '../../scripts/host/content-hash.ts';
import { repository } from '../../scripts/images/catalog.ts';
import { buildImage, imageId } from '../../scripts/images/docker.ts';
import { attemptDocker, docker, imageOf, TEST_LABEL } from './containers.ts';
import { testEngine } from './engine.ts';

const FOLDER = new URL('../remotes/', import.meta.url).pathname;
const START_TIMEOUT_MS = 60_000;

export interface GitRemote extends AsyncDisposable {
  /** What it has in /keys: certificates, keys, known hosts. */
  readonly key: (name: string) => Promise<string>;
}

export async function startGitRemote(network: { readonly name: string }): Promise<GitRemote> {
  const label = `${TEST_LABEL.name}=${TEST_LABEL.value}`;
  const run = ['run', '--detach', '--label', label, '--network', network.name, '--network-alias', 'remote'];
  const id = await docker(...run, await ensureImage());
  const remote = {
    key: (name: string) => docker('exec', id, 'cat', `/keys/${name}`),
    async [Symbol.asyncDispose]() {
      await docker('rm', '--force', '--volumes', id);
    },
  };
  const isReady = async () => (await attemptDocker('exec', id, 'test', '-e', '/keys/ready')).exitCode;
  await expect.poll(isReady, { timeout: START_TIMEOUT_MS, interval: 200 }).toBe(0);
  return remote;
}

async function ensureImage(): Promise<string> {
  const engine = await testEngine();
  const base = imageOf('git-server');
  const reference = `${repository('test-remote')}:${contentHash(base, await treeHash(FOLDER))}`;
  if ((await imageId(engine, reference)) === undefined) {
    const dockerfile = `${FOLDER}Dockerfile`;
    await buildImage(engine, { context: FOLDER, dockerfile, tags: [reference], buildArgs: { BASE_IMAGE: base } });
  }
  return reference;
}
