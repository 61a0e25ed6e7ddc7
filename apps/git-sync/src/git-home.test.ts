import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { createConfig } from './config.ts';
import { createGitHome } from './git-home.ts';
import { gitOptions, homeSettings } from './git-options.ts';
import { createGit } from './git.ts';
import { parseFlags } from './parse-flags.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-sync-home-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A home and a function that asks git itself what its configuration is. */
async function homeFor(...flags: readonly string[]) {
  const config = createConfig(parseFlags(['--repo=https://git.example.com/x.git', '--root=/srv', ...flags], {}));
  const home = await createGitHome(folder, homeSettings(config));
  const log = createLogger({ service: 'test', level: 'silent' });
  const git = createGit({ ...gitOptions(config), home: home.path, environment: process.env, log });
  const ask = async (...args: readonly string[]) =>
    await git(['config', ...args], { gitDir: folder }, new AbortController().signal).catch(() => '');
  return {
    home,
    get: async (key: string) => (await ask('--get-all', key)).trimEnd(),
    /** The Authorization headers of a request to that address, decoded. */
    credentialsFor: async (url: string) => {
      const headers = await ask('--get-urlmatch', 'http.extraHeader', url);
      return [...headers.matchAll(/Basic (\S+)/g)].map(([, basic]) => Buffer.from(basic ?? '', 'base64').toString());
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

test('what keeps a repository from running anything is set, and the folder goes away in the end', async () => {
  let path: string;
  {
    await using made = await homeFor();
    ({ path } = made.home);
    expect(await made.get('core.hooksPath')).toBe('/dev/null');
    expect(await made.get('core.fsmonitor')).toBe('false');
    expect(statSync(join(path, '.gitconfig')).mode & 0o777).toBe(0o600);
  }
  expect(existsSync(path)).toBe(false);
});

test('what a killed process has left is removed, and what belongs to another --root stays', async () => {
  const create = async (root: string) => {
    const config = createConfig(parseFlags(['--repo=https://h/x', `--root=${root}`], {}));
    return (await createGitHome(folder, homeSettings(config))).path;
  };
  const [killed, other] = [await create('/srv'), await create('/data')];
  const next = await create('/srv');
  expect([killed, other, next].map((path) => existsSync(path))).toEqual([false, true, true]);
});

test('a folder that cannot be written to is an error that names it', async () => {
  const config = createConfig(parseFlags(['--repo=https://h/x', '--root=/srv'], {}));
  await expect(createGitHome('/does/not/exist', homeSettings(config))).rejects.toMatchObject({ code: 'TMP_UNUSABLE' });
});

describe('credentials', () => {
  const credential = (url: string, username: string) => ({ url, username, password: 'secret' });

  test('are for the server they belong to, and for no other', async () => {
    await using made = await homeFor();
    await made.home.setCredentials([credential('https://git.example.com', 'me')]);
    expect(await made.credentialsFor('https://git.example.com/any/x.git')).toEqual(['me:secret']);
    expect(await made.credentialsFor('https://evil.example.com/x.git')).toEqual([]);
    expect(await made.credentialsFor('http://git.example.com/x.git')).toEqual([]);
    expect(await made.credentialsFor('https://git.example.com:8443/x.git')).toEqual([]);
    expect(await made.credentialsFor('https://git.example.com.evil.example.com/x.git')).toEqual([]);
  });

  test('of several for a server, the most particular one is sent, and only that', async () => {
    await using made = await homeFor();
    await made.home.setCredentials([
      credential('https://h/team/deep.git', 'deep'),
      credential('https://h', 'all'),
      credential('https://h/team', 'team'),
    ]);
    expect(await made.credentialsFor('https://h/team/deep.git')).toEqual(['deep:secret']);
    expect(await made.credentialsFor('https://h/team/deep')).toEqual(['deep:secret']);
    expect(await made.credentialsFor('https://h/team/other.git')).toEqual(['team:secret']);
    expect(await made.credentialsFor('https://h/elsewhere.git')).toEqual(['all:secret']);
  });

  test('for one repository only, one is also used for the others of its server, as in kubernetes/git-sync', async () => {
    await using made = await homeFor();
    await made.home.setCredentials([credential('https://h/team/one.git', 'one')]);
    expect(await made.credentialsFor('https://h/team/two.git')).toEqual(['one:secret']);
  });

  test('that are gone are forgotten', async () => {
    await using made = await homeFor();
    await made.home.setCredentials([credential('https://h', 'me')]);
    await made.home.setCredentials([]);
    expect(await made.credentialsFor('https://h/x')).toEqual([]);
  });
});

describe('ssh', () => {
  test('uses the keys and the known hosts of the flags', async () => {
    await using made = await homeFor(
      '--ssh-key-file=/keys/a',
      "--ssh-key-file=/keys/it's b",
      '--ssh-known-hosts-file=/k',
    );
    expect(await made.get('core.sshCommand')).toBe(
      String.raw`ssh -o BatchMode=yes -o ConnectTimeout=20 -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/k -i /keys/a -i '/keys/it'\''s b'`,
    );
  });

  test('takes any host key only if told', async () => {
    await using made = await homeFor('--ssh-known-hosts=false');
    expect(await made.get('core.sshCommand')).toContain('-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null');
  });
});

test('--git-config wins over our own settings, --git-config-add adds to them', async () => {
  await using made = await homeFor(
    '--git-config=http.lowSpeedLimit:7,"url.https://a/.insteadOf":"x\\"y",a.b:1,a.b:2',
    '--git-config-add=safe.directory:/one',
    '--git-config-add=safe.directory:/two',
  );
  expect((await made.get('http.lowSpeedLimit')).split('\n').at(-1)).toBe('7');
  expect(await made.get('url.https://a/.insteadOf')).toBe('x"y');
  expect(await made.get('a.b')).toBe('2');
  expect(await made.get('safe.directory')).toBe('/one\n/two');
});

test('a repository on this host may belong to another user', async () => {
  await using made = await homeFor('--repo=file:///srv/git/site');
  expect((await made.get('safe.directory')).split('\n')).toEqual([
    '/srv/git/site',
    '/srv/git/site/.git',
    '/srv/git/site.git',
  ]);
});

test('--cookie-file, --verify-signatures and --sparse-checkout-file are told to git', async () => {
  await using made = await homeFor('--cookie-file', '--verify-signatures=/s', '--sparse-checkout-file=/p');
  expect(await made.get('http.cookieFile')).toBe('/etc/git-secret/cookie_file');
  expect(await made.get('gpg.ssh.allowedSignersFile')).toBe('/s');
  expect(await made.get('core.sparseCheckout')).toBe('true');
});
