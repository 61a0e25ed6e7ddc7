import { expect, test } from 'vitest';
import { createChangeLoop } from './change-loop.ts';
import { createLogger } from './logger.ts';

const log = createLogger({ service: 'test', level: 'silent' });

function start(work: (count: number) => Promise<void>, settleMs = 0) {
  let count = 0;
  const loop = createChangeLoop({ work: () => work(++count), log, settleMs, retryMs: 1 });
  const stop = new AbortController();
  const ended = loop.run(stop.signal);
  return {
    wake: loop.wake,
    count: () => count,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

test('does nothing until something changes, and once for a swarm of changes', async () => {
  await using loop = start(() => Promise.resolve(), 50);
  expect(loop.count()).toBe(0);
  for (let change = 0; change < 5; change += 1) loop.wake();
  await expect.poll(loop.count).toBe(1);
  loop.wake();
  await expect.poll(loop.count).toBe(2);
});

test('what changes during the work is worked on after it, not beside it', async () => {
  const first = Promise.withResolvers<void>();
  await using loop = start((count) => (count === 1 ? first.promise : Promise.resolve()));
  loop.wake();
  await expect.poll(loop.count).toBe(1);
  loop.wake();
  expect(loop.count()).toBe(1);
  first.resolve();
  await expect.poll(loop.count).toBe(2);
});

test('what fails is tried again by itself', async () => {
  await using loop = start((count) => (count < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve()));
  loop.wake();
  await expect.poll(loop.count).toBe(3);
});
