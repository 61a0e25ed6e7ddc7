import { expect, test } from 'vitest';
import { createAlarm } from './alarm.ts';

const NEVER = new AbortController().signal;
const HOUR_MS = 3_600_000;

test('sleeps for the time it is told', async () => {
  const startMs = performance.now();
  await createAlarm().sleep(30, NEVER);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(28);
});

test('ringing ends the sleep', async () => {
  const alarm = createAlarm();
  const slept = alarm.sleep(HOUR_MS, NEVER);
  alarm.ring();
  await expect(slept).resolves.toBeUndefined();
});

test('ringing while nobody sleeps ends the next sleep, and only that', async () => {
  const alarm = createAlarm();
  alarm.ring();
  alarm.ring();
  await alarm.sleep(HOUR_MS, NEVER);
  const next = alarm.sleep(HOUR_MS, NEVER).then(() => 'woken');
  expect(await Promise.race([next, createAlarm().sleep(20, NEVER)])).toBeUndefined();
  alarm.ring();
  expect(await next).toBe('woken');
});

test('aborting ends it, also beforehand, and a wait for ever is not taken for none', async () => {
  const controller = new AbortController();
  const slept = createAlarm().sleep(Number.POSITIVE_INFINITY, controller.signal);
  controller.abort();
  await slept;
  await createAlarm().sleep(HOUR_MS, controller.signal);
  await expect(createAlarm().sleep(HOUR_MS, controller.signal)).resolves.toBeUndefined();
});
