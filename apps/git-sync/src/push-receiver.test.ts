import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from 'vitest';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { servePushes } from './ops.ts';
import { createPushReceiver } from './push-receiver.ts';

const test = base.extend('receiver', async ({}, { onCleanup }) => {
  const folder = mkdtempSync(join(tmpdir(), 'git-sync-push-'));
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, 'top secret\n');
  const counts: string[] = [];
  const state = { pushes: 0, nowMs: 0 };
  const receiver = createPushReceiver({
    secretFile,
    onPush: () => (state.pushes += 1),
    log: createLogger({ service: 'test', level: 'silent' }),
    metrics: { countPush: (status) => counts.push(status) },
    clockMs: () => state.nowMs,
  });
  const server = await servePushes({ host: '127.0.0.1', port: 0 }, receiver);
  onCleanup(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const send = async (body: string, headers: Record<string, string>, path = '/push', method = 'POST') => {
    const init = method === 'POST' ? { method, headers, body } : { method, headers };
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
    await response.text();
    return response.status;
  };
  return { send, state, counts, secretFile };
});

function sign(body: string, secret = 'top secret'): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

test.for([
  ['GitHub', 'X-Hub-Signature-256', 'sha256='],
  ['Gitea', 'X-Gitea-Signature', ''],
  ['Forgejo', 'X-Forgejo-Signature', ''],
  ['Gogs', 'X-Gogs-Signature', ''],
] as const)('takes what %s sends', async ([, header, prefix], { receiver }) => {
  const body = '{"ref":"refs/heads/main"}';
  expect(await receiver.send(body, { [header]: `${prefix}${sign(body)}` })).toBe(202);
  await expect.poll(() => receiver.state.pushes).toBe(1);
  expect(receiver.counts).toEqual(['accepted']);
});

test('several at once cause one sync', async ({ receiver }) => {
  const statuses = await Promise.all(
    Array.from({ length: 10 }, () => receiver.send('x', { 'X-Hub-Signature-256': `sha256=${sign('x')}` })),
  );
  expect(new Set(statuses)).toEqual(new Set([202]));
  await expect.poll(() => receiver.state.pushes).toBeGreaterThan(0);
  expect(receiver.state.pushes).toBeLessThan(10);
});

test('refuses all others, without a sync', async ({ receiver }) => {
  const good = { 'X-Hub-Signature-256': `sha256=${sign('x')}` };
  expect(await receiver.send('x', {})).toBe(401);
  expect(await receiver.send('x', { 'X-Hub-Signature-256': 'sha256=short' })).toBe(401);
  expect(await receiver.send('x', { 'X-Hub-Signature': `sha1=${'a'.repeat(40)}` })).toBe(401);
  expect(await receiver.send('y', good)).toBe(403);
  expect(await receiver.send('x', { 'X-Hub-Signature-256': `sha256=${sign('x', 'other')}` })).toBe(403);
  expect(await receiver.send('x', good, '/')).toBe(404);
  expect(await receiver.send('x', good, '/push', 'GET')).toBe(405);
  expect(receiver.counts).toEqual(Array.from({ length: 7 }, () => 'refused'));
  // A good one comes through: what came before it rang nothing.
  expect(await receiver.send('x', good)).toBe(202);
  await expect.poll(() => receiver.state.pushes).toBe(1);
});

test('a Secret that has changed counts at once; an empty one opens nothing', async ({ receiver }) => {
  writeFileSync(receiver.secretFile, 'new');
  expect(await receiver.send('x', { 'X-Hub-Signature-256': `sha256=${sign('x')}` })).toBe(403);
  expect(await receiver.send('x', { 'X-Hub-Signature-256': `sha256=${sign('x', 'new')}` })).toBe(202);
  writeFileSync(receiver.secretFile, '');
  expect(await receiver.send('x', { 'X-Hub-Signature-256': `sha256=${sign('x', '')}` })).toBe(503);
  rmSync(receiver.secretFile);
  expect(await receiver.send('x', { 'X-Hub-Signature-256': `sha256=${sign('x', 'new')}` })).toBe(503);
});

test('there is a limit, which ends with time', async ({ receiver }) => {
  const statuses: number[] = [];
  for (let count = 0; count < 25; count += 1) statuses.push(await receiver.send('x', {}));
  expect(statuses.filter((status) => status === 429)).toHaveLength(5);
  receiver.state.nowMs += 1_000;
  expect(await receiver.send('x', { 'X-Hub-Signature-256': `sha256=${sign('x')}` })).toBe(202);
});

test('a large body is judged too, up to a limit', async ({ receiver }) => {
  const large = 'x'.repeat(2 * 2 ** 20);
  expect(await receiver.send(large, { 'X-Hub-Signature-256': `sha256=${sign(large)}` })).toBe(202);
});
