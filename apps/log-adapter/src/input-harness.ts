/**
 * One log with real files, its input, and an output that keeps what it takes; and the ways in which logs are rotated. It
 * knows nothing of a test runner, because the soak uses it as well.
 */
import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { Registry } from 'prom-client';
import { AdapterConfigSchema, type InputConfig } from './config.ts';
import { FileInput } from './file-input.ts';
import { createMetrics } from './metrics.ts';
import type { SavedPosition } from './position.ts';
import { createSink } from './sink.ts';
import { Transforms } from './transform.ts';

export interface Started {
  readonly input: FileInput;
  readonly events: Record<string, unknown>[];
  readonly messages: () => unknown[];
  readonly metric: (name: string) => Promise<number>;
  /** Ends it and gives its positions, as a checkpoint would. */
  readonly stop: () => Promise<SavedPosition[]>;
  /** Nothing comes out any more, as if it had been killed; resolves when it has let go of its files. */
  readonly kill: () => Promise<void>;
}

export interface StartOptions {
  readonly saved?: readonly SavedPosition[];
  /** More of the configuration of the log, in YAML. */
  readonly config?: string;
  /** While this is false, nothing is taken. */
  readonly takes?: () => boolean;
  readonly maxOpenFiles?: number;
  readonly date?: () => number;
  /** Events were taken: the positions are others. */
  readonly onProgress?: () => void;
}

export const readConfig = (path: string, more = ''): InputConfig => {
  const text = `inputs: [{ path: ${path}, service: app, ${more} }]`;
  const [config] = parseConfig('config', text, AdapterConfigSchema).inputs;
  if (config === undefined) throw new Error('no input');
  return config;
};

export function startInput(
  path: string,
  {
    saved,
    config = '',
    takes = () => true,
    maxOpenFiles = 100,
    date = Date.now,
    onProgress = () => undefined,
  }: StartOptions = {},
): Started {
  const events: Record<string, unknown>[] = [];
  let isKilled = false;
  const stream = new Writable({
    write(bytes: Buffer, _encoding, callback) {
      const take = (): void => {
        if (isKilled) return;
        if (!takes()) {
          setTimeout(take, 5);
          return;
        }
        for (const line of bytes.toString().split('\n'))
          if (line !== '') events.push(JSON.parse(line) as Record<string, unknown>);
        callback();
      };
      take();
    },
  });
  const sink = createSink(stream, () => undefined, { maxWaitingBytes: 16_384 });
  const registry = new Registry();
  const nothing = (): ReadonlyMap<string, number> => new Map();
  const input = new FileInput({
    config: readConfig(path, config),
    saved,
    sink,
    transforms: new Transforms({
      config: { schema: 'flat', redact: { mode: 'mask', keys: [], patterns: [] } },
      resources: new Map(),
    }),
    metrics: createMetrics(registry, {
      lagBytes: nothing,
      lagSeconds: nothing,
      openFiles: nothing,
      outputRetries: nothing,
    }),
    log: createLogger({ service: 'test', destination: { write: () => undefined } }),
    now: () => performance.now(),
    date,
    onProgress,
    maxOpenFiles: () => maxOpenFiles,
    unsaved: { isFull: false, waitForRoom: () => Promise.resolve() },
    rotateWaitMs: 300,
  });
  const stop = async (): Promise<SavedPosition[]> => {
    await input.stop();
    await sink.flush(5_000);
    return JSON.parse(JSON.stringify(input.positions)) as SavedPosition[];
  };
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
    async kill() {
      isKilled = true;
      await input.stop();
    },
  };
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
