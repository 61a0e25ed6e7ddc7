import { expect, test } from 'vitest';
import { Watchdog, Watchdogs } from './watchdog.ts';

/** A watchdog that notes its name when its time is up. */
function createWatchdog(all: Watchdogs, name: string, expired: string[], then = () => undefined as void): Watchdog {
  return new Watchdog(all, {
    onExpired() {
      expired.push(name);
      then();
    },
  });
}

test('tells the owner once, and never before the time is over', async () => {
  const expired: string[] = [];
  const all = new Watchdogs();
  const startedAt = performance.now();
  let afterMs = 0;
  createWatchdog(all, 'one', expired, () => (afterMs = performance.now() - startedAt)).arm(60);
  const later = createWatchdog(all, 'later', expired);
  later.arm(200);
  await expect.poll(() => expired).toStrictEqual(['one', 'later']);
  expect(afterMs).toBeGreaterThanOrEqual(60);
});

test('leaves one alone that was stopped, whatever place it had among the others', async () => {
  const expired: string[] = [];
  const all = new Watchdogs();
  const [first, second, third] = ['first', 'second', 'third'].map((name) => createWatchdog(all, name, expired));
  for (const watchdog of [first, second, third]) watchdog?.arm(50);
  first?.stop();
  first?.stop();
  await expect.poll(() => expired.toSorted()).toStrictEqual(['second', 'third']);
});

test('leaves one alone that another stopped in the same tick', async () => {
  const expired: string[] = [];
  const all = new Watchdogs();
  const second = createWatchdog(all, 'second', expired);
  createWatchdog(all, 'first', expired, () => second.stop()).arm(25);
  second.arm(25);
  createWatchdog(all, 'last', expired).arm(100);
  await expect.poll(() => expired).toStrictEqual(['first', 'last']);
});

test('begins anew with each touch', async () => {
  const expired: string[] = [];
  const all = new Watchdogs();
  const touched = createWatchdog(all, 'touched', expired);
  touched.arm(100);
  let touches = 0;
  const toucher: Watchdog = createWatchdog(all, 'toucher', [], () => {
    touched.touch();
    touches += 1;
    if (touches < 5) toucher.arm(25);
    else expired.push('last touch');
  });
  toucher.arm(25);
  await expect.poll(() => expired).toStrictEqual(['last touch', 'touched']);
});
