/**
 * Configuration from a YAML file, as a ConfigMap mounts it: read, checked against a schema, and read again when it
 * changes. What is not valid never replaces what is in use.
 */
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ZodType } from 'zod';
import { readDocument, type ConfigDocument } from './config-document.ts';
import { describeFaults } from './config-faults.ts';
import { AppError, describeError } from './errors.ts';

/**
 * Reads and checks one file. Throws an AppError `CONFIG_INVALID` that names the file and, for each fault, its path,
 * what was expected and what to do; an unknown key is a fault if the schema is strict.
 */
export async function readConfigFile<Config>(path: string, schema: ZodType<Config>): Promise<Config> {
  return parseConfig(path, await readText(path), schema);
}

/** As readConfigFile, for a text that was read already. `path` only appears in errors. */
export function parseConfig<Config>(path: string, text: string, schema: ZodType<Config>): Config {
  let document: ConfigDocument;
  try {
    document = readDocument(text);
  } catch (error) {
    const message = `${path} is not valid YAML: ${(error as Error).message}`;
    throw new AppError('CONFIG_INVALID', message, REMEDY, { cause: error });
  }
  const parsed = schema.safeParse(document.value);
  if (!parsed.success) {
    const faults = describeFaults(parsed.error, document, schema);
    throw new AppError('CONFIG_INVALID', `${path} is not valid:\n${faults.join('\n')}`, REMEDY);
  }
  return parsed.data;
}

export interface FollowOptions<Config> {
  readonly path: string;
  readonly schema: ZodType<Config>;
  /** The text that was in use when following began; a file equal to it is no change. */
  readonly initialText: string;
  /** A new and valid configuration. */
  readonly onChange: (config: Config, text: string) => void;
  /** A new text that cannot be used; what is in use should stay. Told once for each such text. */
  readonly onError: (error: AppError) => void;
  readonly signal: AbortSignal;
  /** How often the file is read even if nothing was notified. */
  readonly pollIntervalMs?: number;
  /** How long the file must stay the same before it is believed to be whole. */
  readonly settleMs?: number;
}

/**
 * Follows a file until the signal aborts; resolves then.
 *
 * The kubelet updates a mounted ConfigMap by swapping the symlink `..data` of the folder, so the file itself never
 * sends an event: the folder is watched, the content is compared, and a slow poll catches what inotify misses.
 * (A ConfigMap mounted with `subPath` is never updated: kubernetes/kubernetes#50345.)
 */
export async function followConfigFile<Config>(options: FollowOptions<Config>): Promise<void> {
  const { path, schema, signal, pollIntervalMs = 2_000, settleMs = 50 } = options;
  let lastKey = `text ${options.initialText}`;
  let wake = new AbortController();
  // The folder may be gone (unmounted) or inotify exhausted: polling goes on alone.
  const watcher = tryWatch(dirname(path), () => wake.abort());
  signal.addEventListener('abort', () => wake.abort(), { once: true });
  try {
    while (!signal.aborted) {
      await sleep(pollIntervalMs, undefined, { signal: wake.signal }).catch(() => undefined);
      if (signal.aborted) return;
      wake = new AbortController();
      const seen = await readOrExplain(path);
      if (seen.key === lastKey) continue;
      // A program that writes the file anew empties it first, and a part of it may be valid and mean something else.
      await sleep(settleMs, undefined, { signal }).catch(() => undefined);
      const { key, text, error } = await readOrExplain(path);
      if (key !== seen.key) {
        wake.abort();
        continue;
      }
      lastKey = key;
      try {
        if (error !== undefined) throw error;
        options.onChange(parseConfig(path, text, schema), text);
      } catch (error) {
        options.onError(error as AppError);
      }
    }
  } finally {
    watcher?.close();
  }
}

interface Seen {
  /** The same for the same text, and for the same reason why there is none. */
  readonly key: string;
  readonly text: string;
  readonly error?: AppError;
}

async function readOrExplain(path: string): Promise<Seen> {
  try {
    const text = await readText(path);
    return { key: `text ${text}`, text };
  } catch (error) {
    return { key: `error ${(error as AppError).message}`, text: '', error: error as AppError };
  }
}

const REMEDY = 'Correct the file; what was in use before, if anything, stays in use until then.';

/** Reads a configuration file as text; an AppError `CONFIG_UNREADABLE` says which one and why not. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError(
      'CONFIG_UNREADABLE',
      `cannot read ${path}: ${describeError(error)}`,
      'Mount the ConfigMap at that folder, or name another file.',
      { cause: error },
    );
  }
}

function tryWatch(folder: string, onEvent: () => void): { close(): void } | undefined {
  try {
    return watch(folder, onEvent).on('error', () => undefined);
  } catch {
    return undefined;
  }
}
