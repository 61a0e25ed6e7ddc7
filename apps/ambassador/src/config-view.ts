/**
 * The configuration in force as `GET /config` and `ambassador validate` show it: every value, and where it came from.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { formatPath, readDocument, type ConfigDocument } from '@pod-patterns/runtime/config-document.ts';
import { describeAddress } from './address.ts';
import type { Config } from './config.ts';
import type { ReloadState } from './reloader.ts';

export interface ConfigView {
  readonly file: string;
  /** Of the text that is in use. */
  readonly sha256: string;
  /** When that text was taken into use. */
  readonly loadedAt: string;
  /** Why the file as it is now is not what is in use; null if it is. */
  readonly rejected: {
    readonly at: string;
    readonly code: string;
    readonly message: string;
    readonly remedy: string;
  } | null;
  /** With every default filled in; itself a valid file. */
  readonly config: Config;
  /** `ambassador.yaml:LINE` or `default` for each value, by its path. */
  readonly sources: Readonly<Record<string, string>>;
}

export function viewConfig(file: string, config: Config, { text, loadedAt, rejected }: ReloadState): ConfigView {
  return {
    file,
    sha256: createHash('sha256').update(text).digest('hex'),
    loadedAt: loadedAt.toISOString(),
    rejected: rejected === undefined ? null : { at: rejected.at.toISOString(), ...describeRejection(rejected.error) },
    config,
    sources: Object.fromEntries(listSources(config, [], readDocument(text), basename(file))),
  };
}

function describeRejection({ code, message, remedy }: NonNullable<ReloadState['rejected']>['error']) {
  return { code, message, remedy };
}

function listSources(value: unknown, path: readonly PropertyKey[], document: ConfigDocument, file: string): string[][] {
  const inner =
    typeof value !== 'object' || value === null
      ? []
      : Array.isArray(value)
        ? [...value.entries()]
        : Object.entries(value);
  if (inner.length > 0) return inner.flatMap(([key, each]) => listSources(each, [...path, key], document, file));
  const line = document.lineOf(path);
  return [[formatPath(path), line === undefined ? 'default' : `${file}:${line}`]];
}

/** A few lines that tell people what a configuration does. */
export function summarise({ listeners, upstreams, ops }: Config): string {
  const width = Math.max(...listeners.map(({ name }) => name.length));
  const lines = listeners.map((listener) => {
    const upstream = upstreams[listener.upstream];
    const to = upstream === undefined ? '' : ` (${describeAddress(upstream)})`;
    return `  ${listener.name.padEnd(width)}  ${describeAddress(listener)} → ${listener.upstream}${to}`;
  });
  return `${[...lines, `  ${'ops'.padEnd(width)}  ${describeAddress(ops)}`].join('\n')}\n`;
}
