/** The script of the image, with folders of the test's in place of the volume; the servers need the image. */
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const SCRIPT = new URL('git-server', import.meta.url).pathname;
const SITE = new URL('site', import.meta.url).pathname;
let projects: string;

beforeEach(() => {
  projects = mkdtempSync(join(tmpdir(), 'git-server-'));
});

afterEach(() => {
  rmSync(projects, { recursive: true, force: true });
});

function run(...args: readonly string[]) {
  const env = {
    PATH: process.env['PATH'],
    HOME: projects,
    GIT_CONFIG_SYSTEM: new URL('gitconfig', import.meta.url).pathname,
    GIT_SERVER_PROJECTS: projects,
    GIT_SERVER_SITE: SITE,
  };
  return spawnSync('sh', [SCRIPT, ...args], { env, encoding: 'utf8' });
}

function git(...args: readonly string[]): string {
  const repository = ['-c', 'safe.directory=*', '--git-dir', join(projects, 'site.git')];
  return spawnSync('git', [...repository, ...args], { encoding: 'utf8' }).stdout.trim();
}

// The script runs in a Debian image only; its `mv -T` is GNU's.
describe.runIf(process.platform === 'linux')('git-server seed', () => {
  test('makes a bare repository with the site on main, which takes pushes', () => {
    expect(run('seed')).toMatchObject({ status: 0, stderr: '' });
    expect(git('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(git('config', '--type=bool', 'http.receivepack')).toBe('true');
    const files = readdirSync(SITE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const names = git('ls-tree', '-r', '--name-only', 'main').split('\n');
    expect(names.toSorted()).toEqual(
      files.map(({ parentPath, name }) => join(parentPath, name).slice(SITE.length + 1)).toSorted(),
    );
    expect(`${git('show', 'main:products.json')}\n`).toBe(readFileSync(join(SITE, 'products.json'), 'utf8'));
    expect(git('fsck', '--full', '--strict')).toBe('');
    expect(readdirSync(projects)).toEqual(['site.git']);
  });

  test('leaves a repository that is there as it is', () => {
    run('seed');
    const first = git('rev-parse', 'main');
    git('update-ref', 'refs/heads/other', first);
    expect(run('seed')).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing to seed') });
    expect(git('rev-parse', 'other')).toBe(first);
  });

  test('is not stopped by what a killed run has left, and makes the same commit again', () => {
    run('seed');
    const first = git('rev-parse', 'main');
    rmSync(join(projects, 'site.git'), { recursive: true });
    mkdirSync(join(projects, '.seed-new'));
    writeFileSync(join(projects, '.seed-new', 'HEAD.lock'), '');
    expect(run('seed').status).toBe(0);
    expect(git('rev-parse', 'main')).toBe(first);
    expect(readdirSync(projects)).toEqual(['site.git']);
  });

  test('puts nothing in place if git fails', () => {
    const failed = spawnSync('sh', [SCRIPT, 'seed'], {
      env: {
        PATH: process.env['PATH'],
        GIT_SERVER_PROJECTS: projects,
        GIT_SERVER_SITE: '/does/not/exist',
        HOME: projects,
      },
      encoding: 'utf8',
    });
    expect(failed.status).not.toBe(0);
    expect(readdirSync(projects)).not.toContain('site.git');
  });
});

test.each([[[]], [['sed']]])('git-server %j says how it is used and ends with 64', (args) => {
  expect(run(...args)).toMatchObject({
    status: 64,
    stderr: expect.stringContaining('usage: git-server seed|backend|nginx'),
  });
});

test('the site is what its readers expect: a list of products, and the setting of nginx', () => {
  const products: unknown = JSON.parse(readFileSync(join(SITE, 'products.json'), 'utf8'));
  expect(products).toContainEqual({ sku: expect.any(String), name: expect.any(String), price: expect.any(Number) });
  expect(readFileSync(join(SITE, 'nginx/site.conf'), 'utf8')).toContain('add_header X-Site-Setting "first" always;');
});

describe('the post-receive hook', () => {
  const HOOK = new URL('post-receive', import.meta.url).pathname;
  const PUSHED = `${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/main\n`;

  async function runHook(environment: Record<string, string>) {
    const hook = spawn(HOOK, { env: { PATH: process.env['PATH'], ...environment }, stdio: 'pipe' });
    hook.stdin.on('error', () => undefined).end(PUSHED);
    const [output, [status]] = await Promise.all([text(hook.stderr), once(hook, 'close')]);
    return { output, status: status as number };
  }

  async function listen(status: number) {
    const calls: {
      readonly method: string | undefined;
      readonly path: string | undefined;
      readonly headers: IncomingHttpHeaders;
      readonly body: string;
    }[] = [];
    const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
    async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const { method, url: path, headers } = request;
      calls.push({ method, path, headers, body: await text(request) });
      response.writeHead(status).end();
    }
    await once(server, 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`,
      calls,
      async [Symbol.asyncDispose]() {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      },
    };
  }

  function secretFile(secret: string): string {
    const path = join(projects, 'secret');
    writeFileSync(path, secret);
    return path;
  }

  test('tells every follower, signed with the secret', async () => {
    await using first = await listen(202);
    await using second = await listen(202);
    const GIT_SERVER_PUSH_SECRET_FILE = secretFile('top secret\n');
    const ended = await runHook({ GIT_SERVER_PUSH_URLS: `${first.url} ${second.url}`, GIT_SERVER_PUSH_SECRET_FILE });
    expect(ended).toEqual({ output: '', status: 0 });
    const body = '{"ref":"refs/heads/main"}';
    const signature = `sha256=${createHmac('sha256', 'top secret').update(body).digest('hex')}`;
    for (const { calls } of [first, second]) {
      expect(calls).toEqual([
        { method: 'POST', path: '/push', body, headers: expect.objectContaining({ 'x-hub-signature-256': signature }) },
      ]);
    }
  });

  test('says what has not worked, and goes on', async () => {
    await using refusing = await listen(403);
    await using good = await listen(202);
    const urls = ['http://127.0.0.1:1/push', 'http://does-not-exist.invalid/push', refusing.url, good.url].join(' ');
    const ended = await runHook({ GIT_SERVER_PUSH_URLS: urls, GIT_SERVER_PUSH_SECRET_FILE: secretFile('x') });
    expect(ended.status).toBe(0);
    expect(ended.output).toContain('told http://127.0.0.1:1/push (127.0.0.1): 599');
    expect(ended.output).toContain('cannot find does-not-exist.invalid');
    expect(ended.output).toContain(`told ${refusing.url} (127.0.0.1): 403`);
    expect(good.calls).toHaveLength(1);
  });

  test.each([
    ['no address', () => ({ GIT_SERVER_PUSH_SECRET_FILE: secretFile('x') })],
    ['no secret', (url: string) => ({ GIT_SERVER_PUSH_URLS: url })],
    [
      'a secret that is not there',
      (url: string) => ({ GIT_SERVER_PUSH_URLS: url, GIT_SERVER_PUSH_SECRET_FILE: '/does/not/exist' }),
    ],
    [
      'an empty secret',
      (url: string) => ({ GIT_SERVER_PUSH_URLS: url, GIT_SERVER_PUSH_SECRET_FILE: secretFile('\n') }),
    ],
  ] as const)('with %s does nothing, and says nothing', async (_, environmentFor) => {
    await using server = await listen(202);
    expect(await runHook(environmentFor(server.url) as Record<string, string>)).toEqual({ output: '', status: 0 });
    expect(server.calls).toEqual([]);
  });
});
