/** git-sync as its own process, as it runs in a container. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { killTree } from '@pod-patterns/runtime/test-support/process-tree.ts';
import { vi } from 'vitest';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface GitSyncProcess extends AsyncDisposable {
  readonly child: ChildProcess & { readonly pid: number };
  /** All lines that it has logged so far. */
  readonly lines: readonly LogLine[];
  /** What it wrote that is no log line. */
  readonly otherOutput: readonly string[];
  /** Resolves to the first line with that message. */
  readonly waitForLine: (message: string, isWanted?: (line: LogLine) => boolean) => Promise<LogLine>;
  /** Resolves to the exit code, or to the name of the signal that ended it. */
  readonly waitForExit: () => Promise<number | string | null>;
}

const MAIN = new URL('../main.ts', import.meta.url).pathname;
/** Generous, because it is only waited for when something is wrong, or the machine is very busy. */
const DEADLINE_MS = 25_000;

export function startGitSync(
  args: readonly string[],
  { environment = {} }: { environment?: Readonly<Record<string, string>> } = {},
): GitSyncProcess {
  // A killed process leaves its temporary folder, which here is ours to remove.
  const folder = mkdtempSync(join(tmpdir(), 'git-sync-process-'));
  const env = { PATH: process.env['PATH'], TMPDIR: folder, ...environment };
  const spawned = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const child = spawned as typeof spawned & { readonly pid: number };
  const lines: LogLine[] = [];
  const otherOutput: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith('{')) lines.push(JSON.parse(line) as LogLine);
      else otherOutput.push(line);
    });
  }
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  return {
    child,
    lines,
    otherOutput,
    waitForLine: async (message, isWanted = () => true) =>
      await vi.waitFor(
        () => {
          const line = lines.find((line) => line.msg === message && isWanted(line));
          if (line === undefined) throw new Error(`not logged: ${message}; but ${JSON.stringify(lines.slice(-5))}`);
          return line;
        },
        { timeout: DEADLINE_MS, interval: 20 },
      ),
    waitForExit: async () => {
      const [code, signal] = await closed;
      return code ?? signal;
    },
    async [Symbol.asyncDispose]() {
      killTree(child.pid);
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
