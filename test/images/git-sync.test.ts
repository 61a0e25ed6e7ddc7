/** The image of git-sync beside the image of nginx, following a repository of the image of git-server. */
import { beforeAll, expect, test } from 'vitest';
import { createNetwork, removeLeftovers } from '../support/containers.ts';
import { startPod } from '../support/docker-pod.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { cloneSite } from '../support/site-clone.ts';

// Without a Service in front of it the server has its own port.
const replace = { 'http://git-server/': 'http://git-server:8080/' };

beforeAll(removeLeftovers);

test('publishes each push by moving a symlink, and has nginx read its settings again', async () => {
  await using network = await createNetwork();
  await using server = await startPod('git-server', { network });
  await using pod = await startPod('sidecar', { network, replace });
  const gitSync = pod.container('git-sync');
  await using clone = await cloneSite(`http://${server.address(8080)}/site.git`);
  const get = (path: string) => fetch(`http://${pod.address(8081)}${path}`);
  const published = async () => (await gitSync.exec('readlink', '/srv/site/current')).stdout.trim();
  const first = await clone.git('rev-parse', 'HEAD');

  expect(await published()).toBe(`.worktrees/${first}`);
  const before = await get('/');
  expect(before.headers.get('x-served-from')).toBe(`/srv/site/.worktrees/${first}`);
  expect(before.headers.get('x-site-setting')).toBe('first');

  const second = await clone.push('nginx/site.conf', 'add_header X-Site-Setting "second" always;\n');
  await expect.poll(async () => (await get('/')).headers.get('x-site-setting'), { timeout: 30_000 }).toBe('second');
  expect((await get('/')).headers.get('x-served-from')).toBe(`/srv/site/.worktrees/${second}`);
  expect(await published()).toBe(`.worktrees/${second}`);

  const third = await clone.push('index.html', '<p>third</p>\n');
  await expect.poll(async () => (await get('/')).text(), { timeout: 30_000 }).toBe('<p>third</p>\n');
  expect((await get('/.git/HEAD')).status).toBe(404);

  const ops = (path: string) => fetch(`http://${pod.address(9902)}${path}`);
  expect((await ops('/readyz')).status).toBe(200);
  expect((await ops('/livez')).status).toBe(200);
  // The metrics are of whole syncs, and the link is moved a little before the end of one.
  await expect.poll(async () => (await ops('/metrics')).text()).toContain(`git_sync_commit_info{hash="${third}"} 1`);
  expect(await gitSync.inspect('{{.HostConfig.Memory}} {{.State.OOMKilled}}')).toBe(`${128 * 2 ** 20} false`);
  // Each line of the log is a JSON object of the kit's schema.
  for (const event of await gitSync.events()) {
    expect(event).toMatchObject({ service: 'git-sync', level: expect.stringMatching(/^(info|warn)$/) as string });
  }
});

test('a push arrives by the webhook: the next poll would be in an hour', async () => {
  await using network = await createNetwork();
  await using server = await startPod('git-server', { network });
  await using pod = await startPod('sidecar', {
    network,
    aliases: ['sidecar-push'],
    replace: { ...replace, '--period=2s': '--period=1h' },
  });
  const served = async () => (await fetch(`http://${pod.address(8081)}/`)).text();
  await using clone = await cloneSite(`http://${server.address(8080)}/site.git`);
  for (const text of ['one\n', 'two\n']) {
    await clone.push('index.html', text);
    await expect.poll(served, { timeout: 30_000 }).toBe(text);
  }
  const metrics = await (await fetch(`http://${pod.address(9902)}/metrics`)).text();
  expect(metrics).toContain('git_sync_push_count_total{status="accepted"} 2');
  // The port is there for others, so what is not signed with the key is refused.
  const forged = { method: 'POST', body: '{}', headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } };
  expect((await fetch(`http://${pod.address(9905)}/push`, forged)).status).toBe(403);
});

test('leaves no process behind, and exits with 0 on SIGTERM', async () => {
  await using network = await createNetwork();
  await using server = await startPod('git-server', { network });
  await using pod = await startPod('sidecar', { network, replace });
  const gitSync = pod.container('git-sync');
  await using clone = await cloneSite(`http://${server.address(8080)}/site.git`);
  // Several fetches: each runs programs of git, and git may leave some running in the background.
  for (const text of ['one\n', 'two\n', 'three\n']) {
    await clone.push('index.html', text);
    await expect.poll(async () => (await fetch(`http://${pod.address(8081)}/`)).text(), { timeout: 30_000 }).toBe(text);
  }
  // Its own process has number 1, so whatever lost its parent is a child of it. `Z` marks one that ended unnoticed.
  const zombies = async () => {
    const { stdout } = await gitSync.exec('sh', '-c', 'cat /proc/[0-9]*/stat');
    return stdout.split('\n').filter((line) => /^\d+ \(.*\) Z /.test(line));
  };
  await expect.poll(zombies, { timeout: 10_000 }).toEqual([]);
  expect(await gitSync.stop(10)).toBe(0);
});

test('with --one-time it publishes once and exits with 0; without a server with 1', async () => {
  await using network = await createNetwork();
  await using server = await startPod('git-server', { network });
  const args = [
    '--repo=http://git-server:8080/site.git',
    '--ref=main',
    '--root=/srv/site',
    '--link=current',
    '--one-time',
  ];
  const writable = ['/srv/site', '/tmp'];
  const good = await runToEnd('git-sync', { network, args, writable });
  expect(good.stderr).toBe('');
  expect(good.exitCode).toBe(0);
  await using clone = await cloneSite(`http://${server.address(8080)}/site.git`);
  expect(good.stdout).toContain(await clone.git('rev-parse', 'HEAD'));

  // Some clusters choose the user, and with it any group.
  const other = await runToEnd('git-sync', { network, args, writable, user: '123456:654321' });
  expect(other.exitCode).toBe(0);

  const bad = await runToEnd('git-sync', { args, writable });
  expect(bad.exitCode).toBe(1);
  expect(bad.stdout).toContain('git-server');
});
