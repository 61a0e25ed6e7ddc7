/** The Go toolchain, for the programs that are built from Go modules. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { Host } from './host.ts';

/** Throws GO_MISSING or GO_TOO_OLD unless a Go of at least that version (such as `1.26`) is on the PATH; `purpose` completes «is needed to …». */
export async function requireGo(host: Host, minimum: string, purpose: string): Promise<void> {
  const { exitCode, stdout } = await host.attempt('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } });
  const remedy = `Install Go ${minimum} or newer (https://go.dev/doc/install) and put it on the PATH.`;
  if (exitCode !== 0)
    throw new AppError('GO_MISSING', `there is no Go on the PATH, which is needed to ${purpose}`, remedy);
  const version = stdout.trim().replace(/^go/, '');
  if (!isAtLeast(version, minimum)) {
    throw new AppError(
      'GO_TOO_OLD',
      `the Go on the PATH is ${version}; ${minimum} or newer is needed to ${purpose}`,
      remedy,
    );
  }
}

/** Compares versions by their first two numbers, such as 1.26.8 and 1.26. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [minimumMajor = 0, minimumMinor = 0] = minimum.split('.').map(Number);
  return major > minimumMajor || (major === minimumMajor && minor >= minimumMinor);
}
