/** The image of git-sync where room is short: a volume that is full, and the memory limit of its manifest. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createNetwork, RestrictedContainer, removeLeftovers, TEST_LABEL } from '../support/containers.ts';
import { startPod } from '../support/docker-pod.ts';
import { createPodContainer } from '../support/pod-container.ts';
import { memoryBytesIn } from '../support/process-memory.ts';
import { cloneSite } from '../support/site-clone.ts';

const MIB = 2 ** 20;
const FILES = 10_000;
/** Of the process itself, when it has nothing to do. */
const MAX_IDLE_RSS_MIB = 80;

const TIMEOUT_MS = 300_000;

beforeAll(removeLeftovers);

test.each([
  ['bytes for the pack', 'size=4m', (folder: string) => writeFile(join(folder, 'large'), randomBytes(6 * MIB))],
  ['bytes for the tree', 'size=4m', (folder: string) => writeFile(join(folder, 'large'), randomBytes(3 * MIB))],
  ['inodes', 'size=16m,nr_inodes=150', (folder: string) => writeMany(join(folder, 'many'), 200)],
])(
  'a volume without %s left: the last tree stays, and the next commit that fits is published',
  { timeout: TIMEOUT_MS },
  async (...args) => {
    const [, limit, fill] = args;
    await using network = await createNetwork();
    await using server = await startPod('git-server', { network });
    await using clone = await cloneSite(`http://${server.address(8080)}/site.git`);
    const first = await clone.git('rev-parse', 'HEAD');
    const flags = ['--repo=http://git-server:8080/site.git', '--ref=main', '--root=/srv/site', '--link=current'];
    await using container = await new RestrictedContainer('git-sync')
      .withLabels({ [TEST_LABEL.name]: TEST_LABEL.value })
      .withCommand([...flags, '--period=200ms', '--max-failures=-1'])
      .withTmpFs({ '/srv/site': `rw,mode=1777,${limit}`, '/tmp': 'rw,mode=1777' })
      .withNetworkMode(network.name)
      .start();
    const gitSync = createPodContainer(container);
    const published = async () => (await gitSync.exec('readlink', '/srv/site/current')).stdout.trim();
    await expect.poll(published).toBe(`.worktrees/${first}`);

    await fill(clone.folder);
    await clone.push('index.html', 'too much\n');
    const failures = async () => (await gitSync.events()).filter(({ msg }) => String(msg).startsWith('sync failed'));
    await expect.poll(async () => (await failures()).map(({ code }) => code)).toContain('DISK_FULL');
    expect(await published()).toBe(`.worktrees/${first}`);
    expect((await gitSync.exec('cat', '/srv/site/current/index.html')).stdout).not.toContain('too much');

    await clone.git('reset', '--quiet', '--hard', first);
    await clone.git('push', '--quiet', '--force', 'origin', 'HEAD:main');
    const second = await clone.push('index.html', 'enough\n');
    await expect.poll(published, { timeout: 60_000 }).toBe(`.worktrees/${second}`);
    expect((await gitSync.exec('cat', '/srv/site/current/index.html')).stdout).toBe('enough\n');
  },
);

test(`${FILES} files within the memory that the manifest allows`, { timeout: TIMEOUT_MS }, async () => {
  await using network = await createNetwork();
  await using server = await startPod('git-server', { network });
  await using clone = await cloneSite(`http://${server.address(8080)}/site.git`);
  await using pod = await startPod('sidecar', {
    network,
    replace: { 'http://git-server/': 'http://git-server:8080/' },
  });
  const gitSync = pod.container('git-sync');
  const published = async () => (await gitSync.exec('readlink', '/srv/site/current')).stdout.trim();
  await writeMany(join(clone.folder, 'many'), FILES);
  // The second has the tree of the first beside it while it is made.
  for (const text of ['one\n', 'two\n']) {
    const hash = await clone.push('index.html', text);
    await expect.poll(published, { timeout: 90_000 }).toBe(`.worktrees/${hash}`);
  }
  const found = await gitSync.exec('sh', '-c', 'grep -l main.cjs /proc/[0-9]*/cmdline | cut -d/ -f3');
  const pid = found.stdout.trim().split('\n')[0];
  const { stdout } = await gitSync.exec('cat', `/proc/${pid}/status`);
  expect(memoryBytesIn(stdout, 'VmRSS')).toBeLessThanOrEqual(MAX_IDLE_RSS_MIB * MIB);
  expect(await gitSync.inspect('{{.HostConfig.Memory}} {{.State.OOMKilled}}')).toBe(`${128 * MIB} false`);
});

async function writeMany(folder: string, count: number): Promise<void> {
  await mkdir(folder);
  for (let number = 0; number < count; number += 1) {
    await writeFile(join(folder, `file${number}.txt`), `${number}\n${'words of a file\n'.repeat(40)}`);
  }
}
