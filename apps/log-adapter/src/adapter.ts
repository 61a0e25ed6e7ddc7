/** All inputs together: what is followed is what the configuration says, now and after each change of it. */
import type { Readable } from 'node:stream';
import type { Positions } from './checkpoint.ts';
import type { AdapterConfig, InputConfig } from './config.ts';
import { createFifoOpener } from './fifo.ts';
import { FileInput, type FileInputOptions } from './file-input.ts';
import type { Input } from './input.ts';
import { StreamInput } from './stream-input.ts';

export interface AdapterOptions extends Omit<FileInputOptions, 'config' | 'saved' | 'maxOpenFiles'> {
  /** The positions of the last run. */
  readonly saved: Positions;
  readonly stdin: () => Readable;
  /** Called when nothing more can come of any input. */
  readonly onOver: () => void;
}

export class Adapter {
  readonly #options: AdapterOptions;
  readonly #inputs = new Map<string, { readonly input: Input; readonly source: string }>();
  /** Inputs that are not followed any more: they go on from there if they come back. */
  readonly #stopped = new Map<string, Input>();
  #maxOpenFiles = 0;
  /** Changes are made one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: AdapterOptions) {
    this.#options = options;
  }

  /** Follows what this configuration says; a log that was followed before goes on without a gap. */
  async apply(config: AdapterConfig): Promise<void> {
    this.#last = this.#last.then(() => this.#change(config));
    await this.#last;
  }

  /** For each input, whether it can be read: `ok`, or why not. */
  get readiness(): Record<string, string> {
    return Object.fromEntries(this.values(({ state }) => state));
  }

  /** The inputs that have nothing to read (yet). */
  get notes(): Record<string, string> {
    const waiting = this.#all.filter(({ isWaiting }) => isWaiting);
    return Object.fromEntries(waiting.map(({ name }) => [name, 'waiting for the file']));
  }

  get positions(): Positions {
    return Object.fromEntries(this.values(({ positions }) => positions));
  }

  /** A value of each input, by its name. */
  values<Value>(ask: (input: Input) => Value): ReadonlyMap<string, Value> {
    return new Map(this.#all.map((input) => [input.name, ask(input)]));
  }

  /** Reads what is there and ends all inputs; what they wrote may not be taken yet. */
  async stop(): Promise<void> {
    await this.#last;
    await Promise.all(this.#all.map((input) => input.stop()));
  }

  get #all(): Input[] {
    return Array.from(this.#inputs.values(), ({ input }) => input);
  }

  async #change({ inputs, limits }: AdapterConfig): Promise<void> {
    this.#maxOpenFiles = limits.maxOpenFiles;
    const wanted = new Map(inputs.map((config) => [config.name, config]));
    for (const [name, { input, source }] of this.#inputs) {
      const config = wanted.get(name);
      if (config !== undefined && toSource(config) === source) continue;
      await input.stop();
      this.#inputs.delete(name);
      this.#stopped.set(name, input);
    }
    for (const [name, config] of wanted) {
      const known = this.#inputs.get(name);
      if (known !== undefined) {
        known.input.reconfigure(config);
        continue;
      }
      this.#inputs.set(name, { input: this.#create(config), source: toSource(config) });
      this.#stopped.delete(name);
    }
  }

  #create(config: InputConfig): Input {
    const { stdin, onOver, saved } = this.#options;
    const options = { ...this.#options, config, maxOpenFiles: () => this.#maxOpenFiles };
    const { fifo, name } = config;
    if (config.stdin === undefined && fifo === undefined) {
      return new FileInput({ ...options, saved: this.#stopped.get(name)?.positions ?? saved[name] });
    }
    return new StreamInput({
      ...options,
      open: fifo === undefined ? async () => stdin() : createFifoOpener(fifo),
      isReopened: fifo !== undefined,
      onOver: () => {
        if (this.#all.every(({ isOver }) => isOver)) onOver();
      },
    });
  }
}

/** What makes it another input if it changes. */
function toSource({ paths, exclude, encoding, stdin, fifo }: InputConfig): string {
  return JSON.stringify([paths, exclude, encoding, stdin, fifo]);
}
