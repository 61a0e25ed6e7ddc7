/** The checkpoint on a disk that forgets, when the power is cut, what it was not told to keep. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { expect, test } from 'vitest';
import { loadCheckpoint, openCheckpointStore, type Disk, type Positions } from './checkpoint.ts';
import { sha256 } from './position.ts';
import { createWorkspace } from './test-support.ts';

/** A file: what is on the disk for sure, and what was written. */
interface Content {
  kept: string;
  written: string;
}

type Folder = ReadonlyMap<string, Content>;

/** A folder: what it holds for sure, and what it holds for programs. Tells every step. */
class ForgetfulDisk implements Disk {
  #kept: Folder = new Map();
  #current: Folder = new Map();
  readonly #onStep: () => Promise<void>;

  constructor(onStep: () => Promise<void>) {
    this.#onStep = onStep;
  }

  async open(path: string, flags: 'w' | 'r'): ReturnType<Disk['open']> {
    const content: Content = this.#current.get(path) ?? { kept: '', written: '' };
    if (flags === 'w') {
      content.written = '';
      this.#current = new Map([...this.#current, [path, content]]);
    }
    await this.#onStep();
    return {
      writeFile: async (text) => {
        content.written = text;
        await this.#onStep();
      },
      sync: async () => {
        if (flags === 'w') content.kept = content.written;
        else this.#kept = this.#current;
        await this.#onStep();
      },
      close: () => Promise.resolve(),
    };
  }

  async rename(from: string, to: string): Promise<void> {
    const content = this.#current.get(from);
    if (content === undefined) throw new Error(`there is no ${from}`);
    const others = [...this.#current].filter(([name]) => name !== from);
    this.#current = new Map([...others, [to, content]]);
    await this.#onStep();
  }

  /** What may be there after a cut: each state of the folder, with each state of what is in its files. */
  afterCut(path: string): (string | undefined)[] {
    const contents = [this.#kept.get(path), this.#current.get(path)];
    return contents.flatMap((content) => {
      if (content === undefined) return [undefined];
      const { kept, written } = content;
      return kept === written
        ? [kept]
        : [kept, written, written.slice(0, written.length / 2), '\0'.repeat(written.length)];
    });
  }
}

function positionsAt(offset: number): Positions {
  const sha = sha256(Buffer.from(''));
  const place = { headBytes: 0, headSha256: sha, anchorBytes: 0, anchorSha256: sha };
  return { log: [{ dev: '1', ino: '2', offset, ...place }] };
}

test('whenever the power is cut, the last checkpoint that was saved is there, or the next one', async () => {
  const { folder } = await createWorkspace();
  const path = join(folder, 'state', 'positions.json');
  const warnings: string[] = [];
  const log = createLogger({ service: 'test', destination: { write: (line) => void warnings.push(line) } });
  let [savedOffset, steps, restarts] = [0, 0, 0];
  const found = new Set<number>();
  const wrong: string[] = [];
  const disk = new ForgetfulDisk(async () => {
    steps += 1;
    for (const text of disk.afterCut(path)) {
      const restarted = join(folder, `restarted-${(restarts += 1)}`);
      await mkdir(restarted, { recursive: true });
      if (text !== undefined) await writeFile(join(restarted, 'positions.json'), text);
      const offset = (await loadCheckpoint(restarted, log))['log']?.[0]?.offset ?? 0;
      if (offset !== savedOffset && offset !== savedOffset + 10) wrong.push(`step ${steps}: ${JSON.stringify(text)}`);
      found.add(offset);
    }
  });
  let offset = 0;
  const store = await openCheckpointStore({
    folder: join(folder, 'state'),
    disk,
    log,
    positions: () => positionsAt(offset),
    onSaved: () => undefined,
    onFailure: () => expect.unreachable('the disk took everything'),
  });
  while (savedOffset < 50) {
    offset = savedOffset + 10;
    store.touch();
    await store.save();
    savedOffset = offset;
  }
  expect({ wrong, warnings }).toStrictEqual({ wrong: [], warnings: [] });
  expect([...found]).toStrictEqual([0, 10, 20, 30, 40, 50]);
  // Opened once, then opened, written, synced, renamed, the folder opened and synced, five times.
  expect(steps).toBe(1 + 6 * 5);
});
