/**
 * What is known of the Pod, from the downward API: environment variables, and files of a volume, which change when the
 * labels of the Pod change (https://kubernetes.io/docs/concepts/workloads/pods/downward-api/).
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdapterConfig } from './config.ts';
import { toFieldName } from './field-values.ts';

export type EnrichmentConfig = AdapterConfig['enrichment'];

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The kubelet needs a minute or so to change the files; nobody waits for them. */
const POLL_INTERVAL_MS = 5_000;

/** A line of a file of labels or annotations: `app="web"`. */
const LABEL = /^(?<key>[\w./-]{1,317})=(?<value>".*")$/;

/**
 * Reads the values, by name. A variable that is not set or a file that is not there has none. A file of labels gives
 * one for each: `labels_app` for the label `app` of a file that is called `labels`.
 */
export async function readEnrichment(
  { env, files }: EnrichmentConfig,
  environment: Environment,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const [name, variable] of Object.entries(env)) {
    const value = environment[variable];
    if (value !== undefined && value !== '') values.set(name, value);
  }
  for (const [name, path] of Object.entries(files)) {
    const text = await readFile(path, 'utf8').catch(() => '');
    for (const [key, value] of parseDownwardFile(name, text)) values.set(key, value);
  }
  return values;
}

/** The values of a file: its labels, or the one thing that it says. */
function parseDownwardFile(name: string, text: string): readonly (readonly [string, string])[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const labels = lines.map((line) => LABEL.exec(line)?.groups);
  if (lines.length === 0) return [];
  if (labels.some((label) => label === undefined)) return [[name, text.trim()]];
  return labels.map((label) => [toFieldName(`${name}_${label?.['key']}`), unquote(label?.['value'] ?? '')] as const);
}

/** The kubelet writes the value with Go's `%q`, which is JSON for all that a label may hold. */
function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

export interface FollowEnrichmentOptions {
  /** What is wanted now; it may change. */
  readonly config: () => EnrichmentConfig;
  readonly environment: Environment;
  readonly onChange: (values: ReadonlyMap<string, string>) => void;
  readonly signal: AbortSignal;
  readonly pollIntervalMs?: number;
}

/** Tells each change of the files until the signal aborts; resolves then. */
export async function followEnrichment(
  initial: ReadonlyMap<string, string>,
  options: FollowEnrichmentOptions,
): Promise<void> {
  const { config, environment, onChange, signal, pollIntervalMs = POLL_INTERVAL_MS } = options;
  let last = textOf(initial);
  while (!signal.aborted) {
    await sleep(pollIntervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    const values = await readEnrichment(config(), environment);
    const text = textOf(values);
    if (text === last) continue;
    last = text;
    onChange(values);
  }
}

function textOf(values: ReadonlyMap<string, string>): string {
  return JSON.stringify([...values]);
}
