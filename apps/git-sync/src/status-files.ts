/** The files that tell others in the Pod about a sync: --touch-file and --error-file. */
import { mkdir, open, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toPlainJson } from '@pod-patterns/runtime/plain-json.ts';
import { temporaryPath } from './layout.ts';

/** Sets the time of the file to now, and creates it if need be. */
export async function touchFile(path: string, now: Date): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await (await open(path, 'a')).close();
  await utimes(path, now, now);
}

export interface ErrorReport {
  readonly message: string;
  readonly error: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Writes the last error as git-sync does, `{"Msg","Err","Args"}`, and at once, so that no reader sees half of it. */
export async function writeErrorFile(path: string, { message, error, details }: ErrorReport): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryPath(path, String(process.pid));
  await writeFile(temporary, `${toPlainJson(JSON.stringify({ Msg: message, Err: error, Args: details }))}\n`);
  await rename(temporary, path);
}

export async function removeErrorFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
