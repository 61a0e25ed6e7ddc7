import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { expect, onTestFinished, test } from 'vitest';
import { compile } from './compile.ts';
import type { Model } from './model.ts';
import { createPublisher, type Outcome } from './publisher.ts';
import { createStore } from './store.ts';
import { clusterOf, hostIngress, rule } from './test-support/objects.ts';

const log = createLogger({ service: 'test', level: 'silent' });
const { signal } = new AbortController();
const modelOf = (host: string): Model => compile(clusterOf([hostIngress('one', host, rule('/', 'Prefix'))])).model;

function start({ reload }: { reload: (map: string) => Exclude<Outcome, 'unchanged'> }) {
  const root = mkdtempSync(join(tmpdir(), 'publisher-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const inUse = () => readFileSync(join(root, 'current/prefix.map'), 'utf8').split('/')[0];
  const reloads: string[] = [];
  const haproxy = {
    reload: (id: string) => {
      reloads.push(id);
      return Promise.resolve(reload(inUse() ?? ''));
    },
  };
  const restart = () =>
    createPublisher({ store: createStore(root), haproxy, ports: { http: 80, https: 443, ops: 81 }, log });
  return { root, inUse, reloads, restart, publisher: restart() };
}

test('a generation is in use once the link leads to it; the same again does nothing', async () => {
  const { root, inUse, reloads, publisher } = start({ reload: () => 'used' });
  expect(await publisher.publish(modelOf('a'), signal)).toBe('used');
  expect(await publisher.publish(modelOf('a'), signal)).toBe('unchanged');
  expect(await publisher.publish(modelOf('b'), signal)).toBe('used');
  expect(inUse()).toBe('b');
  expect(reloads).toHaveLength(2);
  expect(statSync(join(root, 'current/haproxy.cfg')).mode & 0o777).toBe(0o600);
});

test('what HAProxy refuses is taken back, asked for once, and forgotten when something else is wanted', async () => {
  const { inUse, reloads, publisher } = start({ reload: (host) => (host === 'bad' ? 'refused' : 'used') });
  await publisher.publish(modelOf('good'), signal);
  expect(await publisher.publish(modelOf('bad'), signal)).toBe('refused');
  expect(inUse()).toBe('good');
  expect(publisher.refusedId()).toBeDefined();
  expect(await publisher.publish(modelOf('bad'), signal)).toBe('refused');
  expect(reloads).toHaveLength(2);
  expect(await publisher.publish(modelOf('better'), signal)).toBe('used');
  expect(publisher.refusedId()).toBeUndefined();
  expect(inUse()).toBe('better');
});

test('only the last two generations are kept', async () => {
  const { root, publisher } = start({ reload: () => 'used' });
  for (const host of ['a', 'b', 'c', 'd']) await publisher.publish(modelOf(host), signal);
  expect(readdirSync(join(root, 'generations'))).toHaveLength(2);
});

test('after a restart HAProxy is told again, because nobody knows whether it was', async () => {
  const { reloads, publisher, restart } = start({ reload: () => 'used' });
  await publisher.publish(modelOf('a'), signal);
  expect(await restart().publish(modelOf('a'), signal)).toBe('used');
  expect(reloads).toHaveLength(2);
});

test('a signal that could not be sent is sent with the next attempt', async () => {
  let isDenied = true;
  const { publisher } = start({
    reload: () => {
      if (isDenied) throw new Error('denied');
      return 'used';
    },
  });
  await expect(publisher.publish(modelOf('a'), signal)).rejects.toThrow('denied');
  isDenied = false;
  expect(await publisher.publish(modelOf('a'), signal)).toBe('used');
});
