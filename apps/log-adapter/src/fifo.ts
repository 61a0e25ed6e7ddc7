/** Opens a FIFO again and again: every writer that comes is read to its end. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { OpenStream } from './stream-input.ts';

/**
 * While nobody reads a FIFO, what is in it is thrown away; therefore it is held open between two writers, too. Rejects
 * while there is none at the path.
 */
export function createFifoOpener(path: string): OpenStream {
  let held: number | undefined;
  return async () => {
    const next = openFifo(path);
    if (held !== undefined) closeSync(held);
    held = next;
    // A stream of the file would block one of the few threads of the process until somebody writes; a socket does not.
    return new Socket({ fd: openFifo(path), readable: true, writable: false });
  };
}

function openFifo(path: string): number {
  // Not blocking, because the writer may not be there yet.
  // oxlint-disable-next-line no-bitwise
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw new Error(`${path} is not a FIFO`);
}
