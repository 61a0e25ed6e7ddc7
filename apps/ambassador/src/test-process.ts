/** The program itself, as a process, with a configuration file that tests change as people and the kubelet do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { mountFile } from '@pod-patterns/runtime/test-support/mounted-file.ts';
import { findFreePort } from './test-support.ts';

const MAIN = new URL('main.ts', import.meta.url).pathname;

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

/** Starts the program; leaving the scope kills it. */
export function start(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const lines = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  return {
    lines,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (name: NodeJS.Signals) => child.kill(name),
    ended: async () => (await ended)[0],
    async line(msg: RegExp): Promise<Line> {
      await expect
        .poll(() => lines().map((line) => line.msg), { timeout: 15_000 })
        .toContainEqual(expect.stringMatching(msg));
      return lines().find((line) => msg.test(line.msg)) as Line;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export type Mount = Awaited<ReturnType<typeof mountConfig>>;

/** In a folder as the kubelet mounts a ConfigMap. */
export async function mountConfig(text: string) {
  const path = join(await mkdtemp(join(tmpdir(), 'ambassador-')), 'ambassador.yaml');
  return { path, update: await mountFile(path, text) };
}

/** A file in a folder of its own, written anew at each update. */
export async function writeConfig(text: string): Promise<Mount> {
  const path = join(await mkdtemp(join(tmpdir(), 'ambassador-')), 'ambassador.yaml');
  const update = (next: string) => writeFile(path, next);
  await update(text);
  return { path, update };
}

/** A file in a folder of its own, whose place another takes at each update, as editors do it. */
export async function replaceConfig(text: string): Promise<Mount> {
  const { path } = await writeConfig(text);
  const update = async (next: string) => {
    await writeFile(`${path}.new`, next);
    await rename(`${path}.new`, path);
  };
  return { path, update };
}

/** One listener `main` before one upstream `app`; `rest` is more of the file. */
export function configText(port: number, upstreamPort: number, rest = ''): string {
  return `listeners: [{ name: main, host: 127.0.0.1, port: ${port}, upstream: app }]
upstreams: { app: { port: ${upstreamPort}, retries: 0 } }
ops: { host: 127.0.0.1, port: 0 }
${rest}`;
}

/** A program that serves; `write` makes the file from the listener's port. */
export async function startWith(write: (port: number) => string, mountIt = mountConfig) {
  const port = await findFreePort();
  const mount = await mountIt(write(port));
  const app = start('--config', mount.path);
  const { ops_port: opsPort } = await app.line(/^started$/);
  return {
    app,
    port,
    mount,
    url: `http://127.0.0.1:${port}`,
    ops: `http://127.0.0.1:${String(opsPort)}`,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

export async function startProcess(upstreamPort: number, rest = '') {
  return await startWith((port) => configText(port, upstreamPort, rest));
}

/** Status and body. */
export async function read(url: string): Promise<readonly [number, string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}
