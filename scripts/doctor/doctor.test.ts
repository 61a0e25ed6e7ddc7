import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Finding } from './finding.ts';
import { startFakeMachine } from '../../test/support/fake-programs.ts';
import { checkDisk } from './disk.ts';
import { checkInotify, checkKubectl, checkNode, checkProxy } from './machine.ts';
import { renderFindings } from './render-findings.ts';

const main = new URL('../main.ts', import.meta.url).pathname;

const Result = z.object({
  ok: z.boolean(),
  findings: z.array(z.object({ check: z.string(), state: z.string(), found: z.string(), fix: z.string().optional() })),
});

async function doctor(env: Record<string, string>) {
  const { exitCode, stdout } = await execa(process.execPath, [main, 'doctor', '--json'], { reject: false, env });
  const { findings } = Result.parse(JSON.parse(stdout));
  // What is not well has something to do about it.
  const isToBeMended = ({ state }: { state: string }) => state === 'warning' || state === 'failure';
  expect(findings.filter((finding) => isToBeMended(finding) && finding.fix === undefined)).toEqual([]);
  return { exitCode, find: (check: string) => findings.find((finding) => finding.check === check) };
}

test('on a machine with nothing on its PATH it still says what it can, changes nothing, and fails on nothing else', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'doctor-'));
  const cache = join(empty, 'cache');
  const { find } = await doctor({ PATH: empty, XDG_CACHE_HOME: cache, DOCKER_HOST: '' });
  expect(find('Node.js')).toMatchObject({ state: 'ok' });
  expect(find('Disk')?.found).toContain('GiB free');
  expect(find('Cluster')).toMatchObject({ state: 'unknown', found: 'no container engine answers' });
  expect(find('Git')).toMatchObject({ state: 'warning', fix: expect.stringContaining('git-scm.com') });
  expect(find('kind')?.found).toMatch(/^none on the PATH: npm run up builds one/);
  await rm(empty, { recursive: true });
});

test('an engine that does not answer is a failure with a fix, and the exit code says so', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { exitCode, find } = await doctor({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
  expect(exitCode).toBe(3);
  expect(find('Container engine')).toMatchObject({ state: 'failure', fix: expect.stringContaining('DOCKER_HOST') });
  server.close();
});

test('a small engine in an unfit mode, and a cluster that cannot be used, are told with what to do', async () => {
  const info = {
    NCPU: 1,
    MemTotal: 2 ** 30,
    CgroupVersion: '1',
    SecurityOptions: ['name=rootless'],
    DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
    DockerRootDir: '/',
  };
  const node = { Config: { Image: 'kindest/node:old' }, State: { Status: 'running' }, HostConfig: {} };
  await using machine = await startFakeMachine({
    docker: `
      case "$1 $2" in
        'version '*) echo '29.0.0 amd64' ;;
        'info '*) echo '${JSON.stringify(info)}' ;;
        'inspect '*) echo '${JSON.stringify(node)}' ;;
        'image inspect') exit 1 ;;
      esac`,
  });
  const { exitCode, find } = await doctor({ PATH: machine.folder, XDG_CACHE_HOME: machine.folder });
  expect(exitCode).toBe(3);
  expect(find('CPUs and memory of the engine')).toMatchObject({ state: 'warning', found: '1 CPUs, 1.0 GiB' });
  expect(find('Mode of the engine')).toMatchObject({ state: 'failure', found: 'rootless, cgroup v1' });
  expect(find('Image store')).toMatchObject({ state: 'ok', found: "containerd's" });
  expect(find('Disk of the engine')?.found).toMatch(/GiB free for \/$/);
  expect(find('Base images')?.found).toMatch(/^the image of the node and Debian not here yet/);
  expect(find('Cluster')).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('its node is made from another image'),
    fix: 'npm run up makes it anew.',
  });
  expect(find('Ports'), 'its own node may hold them').toBeUndefined();
});

test('an old Node.js, a full disk, low limits and a proxy in the way are told with what to do', async () => {
  expect(checkNode('20.20.2')).toMatchObject({ state: 'failure', fix: expect.stringContaining('npm run') });
  expect(await checkDisk('Disk', '/does/not/exist/yet', { state: 'failure', fix: '' })).toMatchObject({
    check: 'Disk',
  });
  expect(await checkInotify(async (name) => (name === 'max_user_instances' ? 128 : 1e6))).toMatchObject({
    state: 'warning',
    fix: 'sudo sysctl fs.inotify.max_user_instances=512',
  });
  expect(checkProxy({})).toBeUndefined();
  expect(checkProxy({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'example.org,localhost' })).toMatchObject({
    state: 'warning',
    fix: 'export NO_PROXY=example.org,localhost,127.0.0.1',
  });
  expect(checkProxy({ HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'localhost, 127.0.0.1' })?.state).toBe('ok');
});

test('a kubectl that is too old or too new for the cluster is named with both versions', () => {
  expect(checkKubectl('1.37.0', 'v1.37.2').state).toBe('ok');
  expect(checkKubectl('1.36.4', 'v1.37.2').state).toBe('ok');
  expect(checkKubectl(undefined, 'v1.37.2')).toMatchObject({
    state: 'ok',
    found: expect.stringContaining('npm run env'),
  });
  expect(checkKubectl('1.32.4', 'v1.37.2')).toMatchObject({
    state: 'warning',
    found: '1.32.4, for a cluster of v1.37.2',
  });
});

test('what is well takes one line; what is not says why it matters and what to do, within the width', () => {
  const findings: Finding[] = [
    { check: 'A', state: 'ok', found: 'fine', why: 'x' },
    {
      check: 'B',
      state: 'warning',
      found: 'so so',
      why: 'It is needed for many things that one does.',
      fix: 'mend it',
    },
  ];
  expect(renderFindings(findings, { color: false, width: 32 })).toBe(
    [
      '✓ A: fine',
      '! B: so so',
      '    why: It is needed for many',
      '    things that one does.',
      '    fix: mend it',
      '',
      'npm run up can work; 1 may cause trouble later.',
    ].join('\n'),
  );
});
