/** Joins lines to events: a line that looks like a beginning ends the event before it. */
import type { Line } from './line-splitter.ts';

/** An event as it stands in the file. One without lines is an empty line, which only has to be passed over. */
export interface RawEvent {
  readonly lines: readonly string[];
  /** Where the event ends in the file. */
  readonly endOffset: number;
  readonly anchor: () => Buffer;
  /** Something of it is missing, or follows as an event of its own, because it is larger than an event may be. */
  readonly isTruncated: boolean;
  /** Its last line had no newline when it was needed. */
  readonly isPartial: boolean;
}

export interface AssemblerSettings {
  /** How an event begins; without it, every line is an event. */
  readonly start?: RegExp | undefined;
  /** The event at the end of the file is complete when nothing came for so long. */
  readonly timeoutMs: number;
  readonly maxEventBytes: number;
}

export class EventAssembler {
  /** May be replaced at any time; the event that is being joined goes on under the new ones. */
  settings: AssemblerSettings;
  #lines: string[] = [];
  #last: Line | undefined;
  #bytes = 0;
  #isTruncated = false;

  constructor(settings: AssemblerSettings) {
    this.settings = settings;
  }

  /** An event is being joined. */
  get isBusy(): boolean {
    return this.#last !== undefined;
  }

  /** Takes the next line; the events that are complete now. */
  add(line: Line): RawEvent[] {
    const { start, maxEventBytes } = this.settings;
    const isStart = start === undefined || start.test(line.text);
    const bytes = line.rawBytes - line.cutBytes - line.nulBytes;
    const isTooMuch = this.#bytes + bytes > maxEventBytes;
    const events: (RawEvent | undefined)[] = [];
    if (isStart || isTooMuch) {
      // The rest of an event that is too large follows as another one: nothing is lost.
      if (!isStart) this.#isTruncated ||= this.#last !== undefined;
      events.push(this.flush());
    }
    const isBetweenEvents = this.#last === undefined && line.text.trim() === '';
    if (!isBetweenEvents) this.#lines.push(line.text);
    this.#last = line;
    this.#bytes += bytes;
    this.#isTruncated ||= line.cutBytes > 0;
    if (start === undefined || isBetweenEvents) events.push(this.flush());
    return events.filter((event) => event !== undefined);
  }

  /** The event that is being joined, as it is; undefined if there is none. */
  flush(): RawEvent | undefined {
    const last = this.#last;
    if (last === undefined) return undefined;
    const event: RawEvent = {
      lines: this.#lines,
      endOffset: last.endOffset,
      anchor: last.anchor,
      isTruncated: this.#isTruncated,
      isPartial: last.isTorn,
    };
    this.#lines = [];
    this.#last = undefined;
    this.#bytes = 0;
    this.#isTruncated = false;
    return event;
  }
}
