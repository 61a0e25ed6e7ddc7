import { expect, test, vi } from 'vitest';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { createHookRunner } from './hook-runner.ts';

function runner(run: (hash: string) => Promise<void>, { isOneTime = false, backoffMs = 1 } = {}) {
  const results: string[] = [];
  const controller = new AbortController();
  const hook = createHookRunner({
    name: 'exechook',
    run,
    backoffMs,
    isOneTime,
    log: createLogger({ service: 'test', level: 'silent' }),
    metrics: { countHook: (name, status) => results.push(`${name} ${status}`) },
    shutdown: controller.signal,
  });
  return { hook, results, controller };
}

test('runs again until it succeeds', async () => {
  let runs = 0;
  const { hook, results } = runner(async () => {
    runs += 1;
    if (runs < 3) throw new Error('not yet');
  });
  hook.send('a');
  expect(await hook.settled()).toBe(true);
  expect(results).toEqual(['exechook error', 'exechook error', 'exechook success']);
});

test('of commits that came while it ran, only the newest is told', async () => {
  const hashes: string[] = [];
  const { promise: isBusy, resolve: finish } = Promise.withResolvers<void>();
  const { hook } = runner(async (hash) => {
    hashes.push(hash);
    await isBusy;
  });
  for (const hash of ['a', 'b', 'c']) hook.send(hash);
  finish();
  await hook.settled();
  expect(hashes).toEqual(['a', 'c']);
  hook.send('d');
  await hook.settled();
  expect(hashes).toEqual(['a', 'c', 'd']);
});

test('with --one-time it runs once, good or not', async () => {
  const { hook, results } = runner(() => Promise.reject(new Error('no')), { isOneTime: true });
  hook.send('a');
  expect(await hook.settled()).toBe(false);
  expect(results).toEqual(['exechook error']);
});

test('says how the last run was also when it ended before somebody asked', async () => {
  const { hook, results } = runner(() => Promise.reject(new Error('no')), { isOneTime: true });
  hook.send('a');
  await vi.waitUntil(() => results.length === 1);
  expect(await hook.settled()).toBe(false);
});

test('the end of the program ends the wait', async () => {
  const { hook, controller } = runner(() => Promise.reject(new Error('no')), { backoffMs: 3_600_000 });
  hook.send('a');
  controller.abort();
  expect(await hook.settled()).toBe(false);
});
