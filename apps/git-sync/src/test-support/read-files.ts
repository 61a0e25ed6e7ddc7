/** Files that may be gone when they are looked at: others write them, or they belong to a process that ends. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As latin1, so that no byte is lost; nothing for a file that is not there. */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** All files below the folder, one after the other. */
export function readAllFiles(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => readIfThere(join(parentPath, name))).join('\n');
}
