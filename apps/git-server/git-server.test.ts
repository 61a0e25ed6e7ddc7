/** The script of the image, with folders of the test's in place of the volume; the servers need the image. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
