/** Killed at any moment, again and again, under a program that writes and rotates: no line may be missing at the end. */
import { appendFile, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AdapterProcess, createRandom, createWorkspace, until } from './test-support.ts';

const KILLS = 20;
const SEED = 20_261_123;

async function rotate(logFile: string, keep: number): Promise<void> {
  await rm(`${logFile}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 0; number -= 1) {
    const from = number === 0 ? logFile : `${logFile}.${number}`;
    await rename(from, `${logFile}.${number + 1}`).catch(() => undefined);
  }
}

/** Writes a numbered event of two lines every few milliseconds, and rotates from time to time. */
function startWriter(logFile: string) {
  const stopping = new AbortController();
  let written = 0;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      written += 1;
      await appendFile(logFile, `== ${written}\n  more of ${written}\n`);
      if (written % 500 === 0) await rotate(logFile, 40);
      if (written % 5 === 0) await sleep(5);
    }
  };
  const running = run();
  return {
    async stop(): Promise<number> {
      stopping.abort();
      await running;
      return written;
    },
  };
}

test(`loses nothing when it is killed ${KILLS} times`, { timeout: 180_000 }, async () => {
  const random = createRandom(SEED);
  const workspace = await createWorkspace({ multiline: { start: '^== ', timeoutMs: 100 } });
  const writer = startWriter(workspace.logFile);
  const messages: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const adapter = new AdapterProcess(workspace.configFile);
    // Some die while they start, some at work.
    if (kill % 4 === 0) await sleep(random(300));
    else {
      await adapter.hasEvents(1);
      await sleep(random(400));
    }
    expect(await adapter.end('SIGKILL')).toBe('SIGKILL');
    messages.push(...adapter.messages);
  }
  const written = await writer.stop();
  const last = await new AdapterProcess(workspace.configFile).started();
  const expected = Array.from({ length: written }, (_, index) => `== ${index + 1}\n  more of ${index + 1}`);
  const missing = (): string[] => {
    const found = new Set([...messages, ...last.messages]);
    return expected.filter((event) => !found.has(event));
  };
  await until(
    () => missing().length === 0,
    () => `${missing().length} events missing, such as ${missing()[0]}`,
  );
  expect(await last.end()).toBe(0);
  messages.push(...last.messages);
  const known = new Set(expected);
  expect(messages.filter((event) => !known.has(event))).toStrictEqual([]);
  // A kill repeats what came since the last checkpoint, a fifth of a second before, and not everything.
  expect(messages.length).toBeLessThan(expected.length * 3);
});
