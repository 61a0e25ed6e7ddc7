/** How a container's program ended. */
import type { ContainerState } from './kube-types.ts';

const MAX_SIGNAL = 64;

/**
 * The number of the signal that ended it, or 0 if none did. The runtime may not report it: then it shows as 128 and its
 * number (as in a shell), and a higher exit code is none, such as 255 for a container that was lost with its node.
 */
export function signalOf({ signal, exitCode }: NonNullable<ContainerState['terminated']>): number {
  if (signal !== undefined && signal > 0) return signal;
  return exitCode > 128 && exitCode <= 128 + MAX_SIGNAL ? exitCode - 128 : 0;
}
