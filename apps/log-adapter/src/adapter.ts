/** All inputs together: what is followed is what the configuration says, now and after each change of it. */
import type { AdapterConfig } from './config.ts';
import type { Positions } from './checkpoint.ts';
import { Input, type InputOptions } from './input.ts';

export interface AdapterOptions extends Omit<InputOptions, 'config' | 'saved'> {
  /** The positions of the last run. */
  readonly saved: Positions;
}

export class Adapter {
  readonly #options: AdapterOptions;
  readonly #inputs = new Map<string, Input>();
  /** Logs that are not followed any more: they go on from there if they come back. */
  readonly #stopped = new Map<string, Input>();
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

  /** For each log, whether it can be read: `ok`, or why not. */
  get readiness(): Record<string, string> {
    return Object.fromEntries(Array.from(this.#inputs.values(), ({ path, state }) => [path, state]));
  }

  /** The logs that are not there (yet). */
  get notes(): Record<string, string> {
    const waiting = Array.from(this.#inputs.values()).filter(({ isWaiting }) => isWaiting);
    return Object.fromEntries(waiting.map(({ path }) => [path, 'waiting for the file']));
  }

  get positions(): Positions {
    return Object.fromEntries(Array.from(this.#inputs.values(), ({ path, positions }) => [path, positions]));
  }

  /** A value of each input, by its path. */
  values(ask: (input: Input) => number): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#inputs.values(), (input) => [input.path, ask(input)]));
  }

  /** Reads what is there and ends all inputs; what they wrote may not be taken yet. */
  async stop(): Promise<void> {
    await this.#last;
    await Promise.all(Array.from(this.#inputs.values(), (input) => input.stop()));
  }

  async #change({ inputs }: AdapterConfig): Promise<void> {
    const wanted = new Map(inputs.map((config) => [config.path, config]));
    for (const [path, input] of this.#inputs) {
      if (wanted.has(path)) continue;
      await input.stop();
      this.#inputs.delete(path);
      this.#stopped.set(path, input);
    }
    for (const [path, config] of wanted) {
      const input = this.#inputs.get(path);
      if (input !== undefined) {
        input.reconfigure(config);
        continue;
      }
      const saved = this.#stopped.get(path)?.positions ?? this.#options.saved[path] ?? [];
      this.#stopped.delete(path);
      this.#inputs.set(path, new Input({ ...this.#options, config, saved }));
    }
  }
}
