/** For the tests of an input: one log with real files, and an output that keeps what it takes. */
import { appendFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { AdapterConfigSchema, type InputConfig } from './config.ts';
import { createEventWriter } from './event-writer.ts';
import { Input } from './input.ts';
import { createMetrics } from './metrics.ts';
import type { SavedPosition } from './position.ts';
import { createSink } from './sink.ts';
import { createWorkspace, until, type OutputLine } from './test-support.ts';

export interface Started {
  readonly input: Input;
  readonly events: OutputLine[];
  readonly messages: () => unknown[];
  readonly metric: (name: string) => Promise<number>;
  /** Ends it and gives its positions, as a checkpoint would. */
  readonly stop: () => Promise<SavedPosition[]>;
}

export interface StartOptions {
  readonly saved?: readonly SavedPosition[];
  /** More of the configuration of the log, in YAML. */
  readonly config?: string;
  /** While this is false, nothing is taken. */
  readonly takes?: () => boolean;
}

export const readConfig = (path: string, more = ''): InputConfig => {
  const text = `inputs: [{ path: ${path}, service: app, ${more} }]`;
  const [config] = parseConfig('config', text, AdapterConfigSchema).inputs;
  if (config === undefined) throw new Error('no input');
  return config;
};

export function start(path: string, { saved = [], config = '', takes = () => true }: StartOptions = {}): Started {
  const events: OutputLine[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, callback) {
      const take = (): void => {
        if (!takes()) {
          setTimeout(take, 5);
          return;
        }
        for (const line of text.split('\n')) if (line !== '') events.push(JSON.parse(line) as OutputLine);
        callback();
      };
      take();
    },
  });
  const sink = createSink(stream, () => undefined);
  const registry = new Registry();
  const nothing = (): ReadonlyMap<string, number> => new Map();
  const input = new Input({
    config: readConfig(path, config),
    saved,
    sink,
    writeEvent: createEventWriter(sink),
    metrics: createMetrics(registry, { lagBytes: nothing, openFiles: nothing }),
    log: createLogger({ service: 'test', destination: { write: () => undefined } }),
    now: Date.now,
    onProgress: () => undefined,
    rotateWaitMs: 300,
  });
  const stop = async (): Promise<SavedPosition[]> => {
    await input.stop();
    await sink.flush(5_000);
    return JSON.parse(JSON.stringify(input.positions)) as SavedPosition[];
  };
  onTestFinished(() => input.stop());
  return {
    input,
    events,
    messages: () => events.map(({ msg }) => msg),
    async metric(name) {
      const metrics = await registry.getMetricsAsJSON();
      const values = metrics.find((metric) => metric.name === `log_adapter_${name}`)?.values ?? [];
      return values.reduce((sum, { value }) => sum + value, 0);
    },
    stop,
  };
}

/** Writes numbered lines; the ledger of what has to come out. */
export function createLedger(path: string) {
  let next = 0;
  const written: string[] = [];
  const take = (count: number): string => {
    const lines = Array.from({ length: count }, () => `line ${(next += 1)}`);
    written.push(...lines);
    return `${lines.join('\n')}\n`;
  };
  return { written, take, write: (count: number) => appendFile(path, take(count)) };
}

export const has = (started: Started, ledger: { readonly written: readonly string[] }): Promise<void> =>
  until(
    () => started.events.length >= ledger.written.length,
    () => `${started.events.length} of ${ledger.written.length} events`,
  );

export async function createLog(options?: StartOptions) {
  const { logFile } = await createWorkspace();
  const ledger = createLedger(logFile);
  return { logFile, ledger, started: start(logFile, options) };
}

export async function rotate(logFile: string, keep = 3): Promise<void> {
  for (let number = keep; number >= 0; number -= 1) {
    const from = number === 0 ? logFile : `${logFile}.${number}`;
    if (number === keep) await rm(from, { force: true });
    else await rename(from, `${logFile}.${number + 1}`).catch(() => undefined);
  }
  await writeFile(logFile, '');
}

export async function copyTruncate(logFile: string): Promise<void> {
  await rm(`${logFile}.2`, { force: true });
  await rename(`${logFile}.1`, `${logFile}.2`).catch(() => undefined);
  // The clock of file times ticks every 4 ms or so, and a copy is known by being younger.
  await sleep(10);
  const content = await readFile(logFile).catch(() => undefined);
  if (content === undefined) return;
  await writeFile(`${logFile}.1`, content);
  await truncate(logFile);
}
