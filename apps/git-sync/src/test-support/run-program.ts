/** Programs that some tests need and that not every machine has. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export function runProgram(name: string, args: readonly string[]): void {
  execFileSync(name, args, { stdio: 'pipe' });
}

export function isInstalled(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}
