/**
 * An input beside a model of it: whatever sequence of writing, rotating, reading, pausing and crashing happens to a log,
 * every line comes out that could be read. The tests run it with few sequences, the soak with many.
 */
import { appendFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  assert,
  asyncModelRun,
  asyncProperty,
  commands,
  constant,
  integer,
  type AsyncCommand,
  type Parameters,
} from 'fast-check';
import { copyTruncate, rotate, startInput, type Started } from './input-harness.ts';
import { createLossLedger } from './loss-ledger.ts';
import type { SavedPosition } from './position.ts';

/** What is known of the log and its reader without looking at them. */
interface Model {
  isRunning: boolean;
  isPaused: boolean;
  /** Files put aside since everything was read: more than are kept would be lost by the rotation itself. */
  putAside: number;
  /** The line that has no end yet. */
  hasPartial: boolean;
}

const KEEP = 9;
const MAX_PUT_ASIDE = 4;
const READ_TIMEOUT_MS = 20_000;

/** A real log with a real input. A line is `#17.`; what has no full stop at its end is a part of one. */
class World {
  readonly logFile: string;
  readonly ledger = createLossLedger();
  isPaused = false;
  #next = 0;
  #partial: number | undefined;
  #started: Started | undefined;
  #told = 0;
  #saved: SavedPosition[] | undefined;
  readonly #killed: Promise<void>[] = [];

  constructor(folder: string) {
    this.logFile = join(folder, 'app.log');
  }

  start(): void {
    this.#told = 0;
    this.#started = startInput(this.logFile, {
      ...(this.#saved !== undefined && { saved: this.#saved }),
      takes: () => !this.isPaused,
      onProgress: () => {
        // Not every time: what a checkpoint does not know comes again after a crash.
        if (this.ledger.seen % 3 === 0) this.#checkpoint();
      },
    });
  }

  async stop(): Promise<void> {
    this.#saved = await this.#started?.stop();
    this.#reconcile();
    this.#started = undefined;
  }

  crash(): void {
    const killed = this.#started?.kill();
    if (killed !== undefined) this.#killed.push(killed);
    this.#reconcile();
    this.#started = undefined;
  }

  async write(count: number): Promise<void> {
    let text = '';
    for (let line = 0; line < count; line += 1) {
      // The rest of a line that was begun, and whole ones after it.
      const number = this.#partial ?? (this.#next += 1);
      text += this.#partial === undefined ? `#${number}.\n` : '.\n';
      this.#partial = undefined;
      this.ledger.expectLine(number);
    }
    await appendFile(this.logFile, text);
  }

  async writePartial(): Promise<void> {
    this.#partial = this.#next += 1;
    await appendFile(this.logFile, `#${this.#partial}`);
  }

  /** The program begins another file, and never ends the line. */
  abandonPartial(): void {
    this.#partial = undefined;
  }

  async isRead(): Promise<void> {
    const deadlineMs = Date.now() + READ_TIMEOUT_MS;
    for (;;) {
      this.#reconcile();
      if (this.ledger.seen === this.ledger.expected) return;
      if (Date.now() > deadlineMs) {
        const { lost, firstLost } = this.ledger.report();
        throw new Error(`${lost} lines did not come, such as ${firstLost.join(', ')}`);
      }
      await sleep(5);
    }
  }

  async end(): Promise<void> {
    await this.#started?.kill();
    await Promise.all(this.#killed);
  }

  #checkpoint(): void {
    const positions = this.#started?.input.positions;
    if (positions !== undefined) this.#saved = JSON.parse(JSON.stringify(positions)) as SavedPosition[];
  }

  #reconcile(): void {
    const events = this.#started?.events ?? [];
    for (; this.#told < events.length; this.#told += 1) {
      const number = /^#(?<number>\d+)\.$/.exec(String(events[this.#told]?.['msg']))?.groups?.['number'];
      if (number !== undefined) this.ledger.sawLine(Number(number));
    }
  }
}

interface Action {
  readonly name: string;
  readonly isPossible?: (model: Model) => boolean;
  readonly changes?: Partial<Model>;
  readonly run: (world: World, model: Model) => Promise<void> | void;
}

const isReading = ({ isRunning, isPaused }: Model): boolean => isRunning && !isPaused;

/** Somebody removes what may not have been read: first it has to be, or it would be no fault to lose it. */
const afterReading = (name: string, remove: (logFile: string) => Promise<void>): Action => ({
  name,
  isPossible: isReading,
  changes: { putAside: 0, hasPartial: false },
  async run(world) {
    await world.isRead();
    world.abandonPartial();
    await remove(world.logFile).catch(() => undefined);
  },
});

const rotation = (name: string, putAside: (logFile: string) => Promise<void>): Action => ({
  name,
  isPossible: (model) => model.putAside < MAX_PUT_ASIDE,
  async run(world, model) {
    world.abandonPartial();
    await putAside(world.logFile);
    model.putAside += 1;
    model.hasPartial = false;
  },
});

const COMMON: readonly Action[] = [
  {
    name: 'write a part',
    isPossible: ({ hasPartial }) => !hasPartial,
    changes: { hasPartial: true },
    run: (world) => world.writePartial(),
  },
  { name: 'read', isPossible: isReading, changes: { putAside: 0 }, run: (world) => world.isRead() },
  {
    name: 'pause',
    isPossible: isReading,
    changes: { isPaused: true },
    run(world) {
      world.isPaused = true;
    },
  },
  {
    name: 'go on',
    isPossible: ({ isPaused }) => isPaused,
    changes: { isPaused: false },
    run(world) {
      world.isPaused = false;
    },
  },
  { name: 'stop', isPossible: isReading, changes: { isRunning: false }, run: (world) => world.stop() },
  {
    name: 'crash',
    isPossible: ({ isRunning }) => isRunning,
    changes: { isRunning: false },
    run: (world) => world.crash(),
  },
  {
    name: 'start',
    isPossible: ({ isRunning }) => !isRunning,
    changes: { isRunning: true },
    run: (world) => world.start(),
  },
];

/** Nobody mixes copies with the rest: it would not be known which of two files is the copy of the other. */
const WAYS: Readonly<Record<'rename' | 'copy', readonly Action[]>> = {
  rename: [
    rotation('rotate', (logFile) => rotate(logFile, KEEP)),
    afterReading('truncate', (logFile) => truncate(logFile)),
    afterReading('delete', (logFile) => rm(logFile)),
  ],
  copy: [
    {
      // Two copies are kept; what is written between a copy and the truncation would be lost by the way itself.
      name: 'copy and truncate',
      isPossible: ({ putAside }) => putAside === 0,
      changes: { putAside: 1, hasPartial: false },
      async run(world) {
        world.abandonPartial();
        await copyTruncate(world.logFile);
      },
    },
  ],
};

function toCommand({ name, isPossible = () => true, changes = {}, run }: Action): AsyncCommand<Model, World> {
  return {
    check: (model) => isPossible(model),
    async run(model, world) {
      await run(world, model);
      Object.assign(model, changes);
    },
    toString: () => name,
  };
}

/** Runs so many sequences; rejects with the seed and the sequence if a line is lost. */
export async function runInputModel(
  way: keyof typeof WAYS,
  { numRuns, seed, maxCommands = 40 }: { numRuns: number; seed: number; maxCommands?: number },
): Promise<void> {
  const write = integer({ min: 1, max: 2_000 }).map((count) =>
    toCommand({
      name: `write ${count}`,
      changes: { hasPartial: false },
      run: (world) => world.write(count),
    }),
  );
  const actions = [...COMMON, ...WAYS[way]].map((action) => constant(toCommand(action)));
  const sequences = commands([write, write, write, ...actions], { maxCommands, size: 'max' });
  const parameters: Parameters<unknown> = { numRuns, seed, endOnFailure: true };
  await assert(
    asyncProperty(sequences, async (sequence) => {
      const folder = await mkdtemp(join(tmpdir(), 'log-adapter-model-'));
      const world = new World(folder);
      const model: Model = { isRunning: false, isPaused: false, putAside: 0, hasPartial: false };
      try {
        await asyncModelRun(() => ({ model, real: world }), sequence);
        world.isPaused = false;
        if (!model.isRunning) world.start();
        await world.isRead();
      } finally {
        await world.end();
        await rm(folder, { recursive: true, force: true });
      }
    }),
    parameters,
  );
}
