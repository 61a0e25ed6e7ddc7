/** What an input is, whether it reads files or a stream. */
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { InputConfig } from './config.ts';
import type { EventOutputOptions } from './event-output.ts';
import type { StreamSettings } from './log-stream.ts';
import { createCriBorders } from './parse-cri.ts';
import type { SavedPosition } from './position.ts';

/** How long the next line of a container is waited for, to see whether it goes on with the last one. */
const CRI_TIMEOUT_MS = 200;

/** What the adapter asks of it. */
export interface Input {
  /** Its name in the configuration. */
  readonly name: string;
  /** `ok` when it can be read, or why not. A log that is not there yet is waited for: ok. */
  readonly state: string;
  /** Whether it waits for something to read to be there. */
  readonly isWaiting: boolean;
  /** Nothing more can come of it. */
  readonly isOver: boolean;
  readonly positions: readonly SavedPosition[];
  /** What is written but not taken by the output yet, and for how long. */
  readonly lagBytes: number;
  readonly lagSeconds: number;
  readonly openFiles: number;
  /** Reads on under another configuration of the same source; what was read but is not complete yet included. */
  reconfigure(config: InputConfig): void;
  /** Reads what is there, writes what is left, and ends. */
  stop(): Promise<void>;
}

export interface InputOptions extends EventOutputOptions {
  readonly config: InputConfig;
  /** How many files it may hold open. */
  readonly maxOpenFiles: () => number;
  readonly log: Logger;
  /** Milliseconds of a clock that nobody sets, for what is waited for. */
  readonly now: () => number;
  /** How many events were taken since the last checkpoint is limited, too: a restart writes them again. */
  readonly unsaved: { readonly isFull: boolean; waitForRoom(timeoutMs: number): Promise<void> };
}

export function toStreamSettings({ multiline, maxEventBytes, encoding, parsers }: InputConfig): StreamSettings {
  const isCri = parsers.some(({ type }) => type === 'cri');
  return {
    start: isCri ? createCriBorders(multiline) : multiline?.start,
    continue: isCri ? undefined : multiline?.continue,
    timeoutMs: multiline?.timeoutMs ?? (isCri ? CRI_TIMEOUT_MS : 0),
    maxEventBytes,
    encoding,
  };
}
