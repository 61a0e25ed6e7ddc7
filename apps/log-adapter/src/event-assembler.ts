/** Joins lines to events: a line that looks like a beginning ends the event before it. */
import type { Line, LinePlace } from './line.ts';

/** An event as it stands in the file. One without lines is an empty line, which only has to be passed over. */
export interface RawEvent {
  readonly lines: readonly string[];
  /** Where the event ends in the file. */
  readonly endOffset: number;
  /** Something of it is missing, or follows as an event of its own, because it is larger than an event may be. */
  readonly isTruncated: boolean;
  /** Its last line had no newline when it was needed. */
  readonly isPartial: boolean;
  /** Those of its line, if it is one. */
  readonly traits?: number | undefined;
  readonly place?: LinePlace | undefined;
}

export interface AssemblerSettings {
  /** How an event begins. */
  readonly start?: { test(line: string): boolean } | undefined;
  /** Or how the lines look that belong to the event before them. With neither, every line is an event. */
  readonly continue?: RegExp | undefined;
  /** The event at the end of the file is complete when nothing came for so long. */
  readonly timeoutMs: number;
  readonly maxEventBytes: number;
}

const NO_LINES: readonly string[] = [];

export class EventAssembler {
  /** May be replaced at any time; the event that is being joined goes on under the new ones. */
  settings: AssemblerSettings;
  #lines: string[] = [];
  #last: Pick<Line, 'endOffset' | 'isTorn'> | undefined;
  /** How many of them are texts of their own. */
  #ownLines = 0;
  #bytes = 0;
  #isTruncated = false;

  constructor(settings: AssemblerSettings) {
    this.settings = settings;
  }

  /** Where the event ends that is being joined, as far as it is known; undefined if there is none. */
  get pendingEnd(): number | undefined {
    return this.#last?.endOffset;
  }

  /** Takes the next lines; the events that are complete now. */
  add(lines: readonly Line[]): RawEvent[] {
    const { start, continue: goesOn } = this.settings;
    const events: RawEvent[] = [];
    if (start === undefined && goesOn === undefined) {
      this.#end(events);
      for (const line of lines) events.push(new LineEvent(line));
      return events;
    }
    for (const line of lines) {
      const { text } = line;
      this.#join(line, text, start?.test(text) ?? goesOn?.test(text) === false, events);
    }
    this.#letGo();
    return events;
  }

  /** The event that is being joined, as it is; undefined if there is none. */
  flush(): RawEvent | undefined {
    const last = this.#last;
    if (last === undefined) return undefined;
    const event: RawEvent = {
      lines: this.#lines,
      endOffset: last.endOffset,
      isTruncated: this.#isTruncated,
      isPartial: last.isTorn,
    };
    this.#lines = [];
    this.#ownLines = 0;
    this.#last = undefined;
    this.#bytes = 0;
    this.#isTruncated = false;
    return event;
  }

  #end(events: RawEvent[]): void {
    const event = this.flush();
    if (event !== undefined) events.push(event);
  }

  #join(line: Line, text: string, isStart: boolean, events: RawEvent[]): void {
    const bytes = line.rawBytes - line.cutBytes - line.nulBytes;
    if (isStart || this.#bytes + bytes > this.settings.maxEventBytes) {
      // The rest of an event that is too large follows as another one: nothing is lost.
      if (!isStart) this.#isTruncated ||= this.#last !== undefined;
      this.#end(events);
    }
    if (this.#last === undefined && isBlank(text)) {
      events.push(new LineEvent(line));
      return;
    }
    this.#lines.push(text);
    this.#last = { endOffset: line.endOffset, isTorn: line.isTorn };
    this.#bytes += bytes;
    this.#isTruncated ||= line.cutBytes > 0;
  }

  /** The lines that wait are parts of the text of a whole read: copies, lest they keep all of it. */
  #letGo(): void {
    if (this.#last === undefined) return;
    for (; this.#ownLines < this.#lines.length; this.#ownLines += 1) {
      this.#lines[this.#ownLines] = Buffer.from(this.#lines[this.#ownLines] ?? '').toString();
    }
  }
}

/** An event of one line, which is only turned to text if that is needed. */
class LineEvent implements RawEvent {
  readonly #line: Line;

  constructor(line: Line) {
    this.#line = line;
  }

  get lines(): readonly string[] {
    const { text } = this.#line;
    return isBlank(text) ? NO_LINES : [text];
  }

  get endOffset(): number {
    return this.#line.endOffset;
  }

  get isTruncated(): boolean {
    return this.#line.cutBytes > 0;
  }

  get isPartial(): boolean {
    return this.#line.isTorn;
  }

  get traits(): number | undefined {
    return this.#line.traits;
  }

  get place(): LinePlace | undefined {
    return this.#line.place;
  }
}

function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  // Most lines begin with a visible character.
  return !(first > 0x20 && first < 0x7f) && text.trim() === '';
}
