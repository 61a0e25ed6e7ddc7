/** How far a file was read, in a form that survives a restart and knows the file again. */
import { createHash } from 'node:crypto';
import * as z from 'zod';

/** How many bytes from the beginning of a file tell it from another. */
export const HEAD_BYTES = 1_024;

/** How many bytes before a place are kept to know it again. */
export const ANCHOR_BYTES = 256;

/** A place in a file, with the bytes before it. */
export interface Position {
  readonly offset: number;
  readonly anchor: Buffer;
}

export const START: Position = { offset: 0, anchor: Buffer.alloc(0) };

/** What events are read from, as their output sees it. */
export interface EventSource {
  /** The log that they are events of. */
  readonly logPath: string;
  /** Where an event ends that was read last. */
  positionAt(offset: number): Position;
  /** The events up to there were taken by the output. */
  commit(position: Position): void;
}

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.int().min(0);

/** What the checkpoint says of one file. */
export const SavedPosition = z.object({
  /** Device and inode: the file, whatever its name is by now. They are texts because they have 64 bits. */
  dev: z.string(),
  ino: z.string(),
  /** When the inode was created, where the file system knows; an inode that is used again has another one. */
  birthtimeNs: z.string().optional(),
  offset: Count,
  /** The beginning of the file, and the bytes before `offset`: an inode whose content is another one is another file. */
  headBytes: Count.max(HEAD_BYTES),
  headSha256: Sha256,
  anchorBytes: Count,
  anchorSha256: Sha256,
});

export type SavedPosition = z.infer<typeof SavedPosition>;

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
