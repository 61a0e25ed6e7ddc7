/** The programs that a task definition has in it, run by the bash of this machine. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { taskDefinitionOf } from './task-definition.ts';
import { workloadOf, workloadWith } from './testing.ts';

test.each([
  [200, 0],
  [301, 0],
  [404, 1],
  [503, 1],
])('the health check of an answer of %i ends with %i', async (status, exitCode) => {
  const server = createServer((request, response) =>
    response.writeHead(request.url === '/readyz?a=b' ? status : 500).end(),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await healthCheck({ httpGet: { path: '/readyz?a=b', port } })).toBe(exitCode);
  expect(await healthCheck({ tcpSocket: { port } })).toBe(0);
});

test('the health check fails where nobody listens', async () => {
  expect(await healthCheck({ httpGet: { path: '/', port: 1 } })).toBe(1);
  expect(await healthCheck({ tcpSocket: { port: 1 } })).toBe(1);
});

test('the container that prepares volumes writes the files and opens the folders', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-volumes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const text = `it's "$HOME" \`date\` %s\\n\n\ttail`;
  const volumes = [
    { name: 'config', configMap: { name: 'words' } },
    { name: 'logs', emptyDir: {} },
  ];
  const [prepare] =
    taskDefinitionOf(workloadWith({ volumes }, { words: { 'a.txt': text } })).containerDefinitions ?? [];
  for (const name of ['config', 'logs']) mkdirSync(join(folder, name), { mode: 0o755 });
  const [program = '', ...args] = [...(prepare?.entryPoint ?? []), ...(prepare?.command ?? [])];
  const env = Object.fromEntries((prepare?.environment ?? []).map(({ name = '', value = '' }) => [name, value]));
  const { status, stderr } = spawnSync(
    program,
    args.map((argument) => argument.replaceAll('/volumes/', `${folder}/`)),
    // With a socket for its input, as Node.js makes one, bash believes to be called over the network and reads a bashrc.
    { env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(readFileSync(join(folder, 'config/a.txt'), 'utf8')).toBe(text);
  expect(statSync(join(folder, 'logs')).mode & 0o7777).toBe(0o1777);
});

async function healthCheck(livenessProbe: object): Promise<number | undefined> {
  const [container] = taskDefinitionOf(workloadOf({ livenessProbe })).containerDefinitions ?? [];
  const [kind, program = '', ...args] = container?.healthCheck?.command ?? [];
  expect(kind).toBe('CMD');
  return (await execa(program, args, { reject: false })).exitCode;
}
