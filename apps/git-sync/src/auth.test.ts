/** Who we are to the server: passwords that change, several of them, and where they must not turn up. */
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mountFile } from '@pod-patterns/runtime/test-support/mounted-file.ts';
import { processIds } from '@pod-patterns/runtime/test-support/process-tree.ts';
import { startGitSync } from './test-support/git-sync-process.ts';
import { serveOverHttp, type Decision } from './test-support/http-remote.ts';
import { readAllFiles, readIfThere } from './test-support/read-files.ts';
import { Remote } from './test-support/remote.ts';
import { runProgram } from './test-support/run-program.ts';

const POLLING = ['--period=50ms', '--max-failures=-1', '--link=current', '--ref=main'];

/** Lets those in who have this name and password. */
function onlyFor(pair: () => string) {
  return ({ headers }: { headers: { authorization?: string | undefined } }): Decision => {
    const isGood = headers.authorization === `Basic ${Buffer.from(pair()).toString('base64')}`;
    return isGood ? 'serve' : { status: 401, headers: { 'www-authenticate': 'Basic realm="git"' } };
  };
}

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

test('a password file that changes is in use at the next sync: right, wrong, right', async () => {
  using remote = new Remote();
  remote.commit({ a: '1' });
  let password = 'first';
  await using server = await serveOverHttp(
    remote,
    onlyFor(() => `me:${password}`),
  );
  const file = join(remote.folder, 'secret', 'password');
  const update = await mountFile(file, 'first\n');
  const flags = ['--username=me', `--password-file=${file}`, `--root=${remote.root}`, ...POLLING];
  await using gitSync = startGitSync([`--repo=${server.url}`, ...flags]);
  await gitSync.waitForLine('published');
  password = 'second';
  expect(await gitSync.waitForLine('sync failed, will try again')).toMatchObject({ code: 'AUTH_FAILED' });
  const second = remote.commit({ a: '2' });
  await update('second');
  await gitSync.waitForLine('published', ({ hash }) => hash === second);
  expect(JSON.stringify(gitSync.lines)).not.toMatch(/first|second/);
});

test('--credential is for submodules on other servers', async () => {
  using remote = new Remote();
  using module = new Remote();
  const commit = module.commit({ deep: 'x' });
  await using other = await serveOverHttp(
    module,
    onlyFor(() => 'you:theirs'),
  );
  await using server = await serveOverHttp(
    remote,
    onlyFor(() => 'me:mine'),
  );
  remote.commit({ '.gitmodules': `[submodule "m"]\n\tpath = m\n\turl = ${other.url}\n`, m: { commit } });
  await using gitSync = startGitSync([`--repo=${server.url}`, `--root=${remote.root}`, '--one-time', ...POLLING], {
    environment: {
      GITSYNC_USERNAME: 'me',
      GITSYNC_PASSWORD: 'mine',
      GITSYNC_CREDENTIAL: JSON.stringify([{ url: other.origin, username: 'you', password: 'theirs' }], undefined, 2),
    },
  });
  expect(await gitSync.waitForExit()).toBe(0);
  expect(remote.read('m/deep')).toBe('x');
});

describe('--askpass-url', () => {
  test('is asked before each sync, and counted; if it fails, so does the sync', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    let answers = 0;
    await using askpass = await serve((_request, response) => {
      answers += 1;
      if (answers === 1) response.writeHead(503).end('not yet');
      else response.end('username=me\npassword=se=cret\nother=x\n');
    });
    await using server = await serveOverHttp(
      remote,
      onlyFor(() => 'me:se=cret'),
    );
    const flags = [`--askpass-url=${askpass.url}/token-in-path`, `--root=${remote.root}`, '--http-bind=127.0.0.1:0'];
    await using gitSync = startGitSync([`--repo=${server.url}`, ...flags, ...POLLING]);
    expect(await gitSync.waitForLine('sync failed, will try again')).toMatchObject({
      code: 'ASKPASS_FAILED',
      reason: 'could not get a credential from --askpass-url: it answered with status 503',
    });
    await gitSync.waitForLine('published');
    await expect.poll(() => answers).toBeGreaterThan(3);
    const { port } = await gitSync.waitForLine('serving /livez, /readyz and /metrics');
    const metrics = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    expect(metrics).toMatch(/^git_sync_askpass_calls\{status="error"\} 1$/m);
    expect(metrics).toMatch(/^git_sync_askpass_calls\{status="success"\} [2-9]/m);
    expect(metrics).toMatch(/^git_sync_failure_count_total\{code="ASKPASS_FAILED"\} 1$/m);
    expect(JSON.stringify(gitSync.lines) + metrics).not.toMatch(/se=cret|token-in-path/);
  });
});

test('secrets are in no argument, no environment of another process, no file below the root, no log line', async () => {
  using remote = new Remote();
  remote.commit({ a: '1' });
  let seen = '';
  const hook = join(remote.folder, 'hook');
  const hookEnvironments = join(remote.folder, 'env');
  writeFileSync(hook, `#!/bin/sh\nenv >> ${hookEnvironments}\n`);
  chmodSync(hook, 0o755);
  const pids: number[] = [];
  const isGood = onlyFor(() => 'me:hunter2');
  await using server = await serveOverHttp(remote, (request) => {
    seen += readProcesses(pids);
    return isGood(request);
  });
  const flags = [`--repo=${server.url}`, `--root=${remote.root}`, '--one-time', '--link=current', '-v9'];
  await using gitSync = startGitSync(
    [...flags, `--exechook-command=${hook}`, `--pre-publish-exechook-command=${hook}`],
    {
      environment: {
        GITSYNC_USERNAME: 'me',
        GITSYNC_PASSWORD: 'hunter2',
        GITSYNC_CREDENTIAL: '{"url":"https://other.example.com","username":"you","password":"hunter3"}',
      },
    },
  );
  // Its own environment is the container's, which only its own user can read.
  pids.push(gitSync.child.pid);
  expect(await gitSync.waitForExit()).toBe(0);
  expect(seen).toContain('git-remote-http');
  const output = JSON.stringify([gitSync.lines, gitSync.otherOutput]);
  const passedOn = readFileSync(hookEnvironments, 'utf8');
  expect(passedOn.match(/^GITSYNC_HASH=/gm)).toHaveLength(2);
  for (const secret of [
    'hunter2',
    'hunter3',
    ...['me:hunter2', 'you:hunter3'].map((pair) => Buffer.from(pair).toString('base64')),
  ]) {
    expect(seen + passedOn).not.toContain(secret);
    expect(readAllFiles(remote.root)).not.toContain(secret);
    expect(output).not.toContain(secret);
  }
});

describe('TLS', () => {
  test('a certificate nobody has signed is refused; --git-config may name it as trusted', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    const [key, cert] = [join(remote.folder, 'key.pem'), join(remote.folder, 'cert.pem')];
    const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    runProgram('openssl', ['req', '-x509', '-nodes', ...curve, ...subject, '-keyout', key, '-out', cert]);
    const tls = { key: readFileSync(key), cert: readFileSync(cert) };
    await using server = await serveOverHttp(
      remote,
      onlyFor(() => 'me:mine'),
      tls,
    );
    const flags = [
      `--repo=${server.url.replace('//', '//me:mine@')}`,
      `--root=${remote.root}`,
      '--one-time',
      '--link=current',
    ];
    await using refusing = startGitSync(flags);
    expect(await refusing.waitForExit()).toBe(1);
    expect(refusing.lines).toContainEqual(expect.objectContaining({ code: 'TLS_REFUSED' }));
    expect(server.requests).toEqual([]);
    await using trusting = startGitSync([...flags, `--git-config=http.sslCAInfo:${cert}`]);
    expect(await trusting.waitForExit()).toBe(0);
    expect(remote.read('a')).toBe('1');
  });
});

describe('ssh', () => {
  test.each([
    ['ssh://git@git.example.com:2222PATH', 'git@git.example.com', '-p 2222'],
    ['git@git.example.com:PATH', 'git@git.example.com', ''],
  ])('%s is fetched with the keys and known hosts of the flags', async (address, host, port) => {
    using remote = new Remote();
    const hash = remote.commit({ a: '1' });
    const calls = join(remote.folder, 'calls');
    // In the place of ssh: notes its arguments, and runs the command on this host instead of that one.
    const ssh = join(remote.folder, 'ssh');
    writeFileSync(ssh, `#!/bin/sh\necho "$*" >> ${calls}\nfor last; do :; done\nexec sh -c "$last"\n`);
    chmodSync(ssh, 0o755);
    const flags = ['--ssh-key-file=/keys/one', '--ssh-key-file=/keys/two', '--ssh-known-hosts-file=/keys/hosts'];
    const repo = address.replace('PATH', remote.path);
    await using gitSync = startGitSync(
      [`--repo=${repo}`, `--root=${remote.root}`, '--one-time', '--link=current', ...flags],
      {
        environment: { PATH: `${remote.folder}:${process.env['PATH']}`, GIT_SSH_COMMAND: 'touch /canary' },
      },
    );
    expect(await gitSync.waitForExit()).toBe(0);
    expect(remote.published()).toBe(hash);
    const [first = ''] = readFileSync(calls, 'utf8').split('\n');
    for (const part of [
      'StrictHostKeyChecking=yes',
      'UserKnownHostsFile=/keys/hosts',
      '-i /keys/one -i /keys/two',
      host,
      port,
    ]) {
      expect(first).toContain(part);
    }
  });
});

/** Arguments of all processes, and the environment of all but these and ours. */
function readProcesses(except: readonly number[]): string {
  return processIds()
    .flatMap((pid) => {
      const isExcepted = except.includes(pid) || pid === process.pid;
      return ['cmdline', ...(isExcepted ? [] : ['environ'])].map((file) => readIfThere(`/proc/${pid}/${file}`));
    })
    .join('\n');
}
