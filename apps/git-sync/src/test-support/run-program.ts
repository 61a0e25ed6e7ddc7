/** Programs that make what tests need: certificates, keys, signatures. */
import { execFileSync } from 'node:child_process';

/** Runs it to its end; a failure shows what it printed. */
export function runProgram(name: string, args: readonly string[]): void {
  execFileSync(name, args, { stdio: 'pipe' });
}
