/** One line of a container's log, and how far a log was read. */

/** Which log: a container of one Pod. */
export interface LogSource {
  /** Name of the pattern, or of whatever the Pod belongs to. */
  readonly pattern: string;
  readonly pod: string;
  readonly container: string;
}

export interface LogLine {
  readonly source: LogSource;
  /** When the container's runtime got it: RFC 3339 with nine digits of a second, so that text order is time order. */
  readonly time: string;
  readonly text: string;
  /** Said by this command about the container, not by the container. */
  readonly isNotice?: boolean;
}

/** The place behind the last line that was read. Several lines may have one time. */
export interface Cursor {
  readonly time: string;
  /** Lines of that time which were read. */
  readonly count: number;
}

/** Splits `2026-11-27T23:25:49.123456789Z text`; the text of a line that has no time is all of it. */
export function parseLine(line: string): Pick<LogLine, 'time' | 'text'> {
  const [, time = '', text = line] = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ?(.*)$/s.exec(line) ?? [];
  return { time, text };
}

/** Drops lines up to the cursor, which a log that is opened anew brings again. */
export function createFilter(cursor: Cursor | undefined): (time: string) => boolean {
  let repeated = cursor?.count ?? 0;
  return (time) => {
    if (cursor === undefined || time > cursor.time) return true;
    if (time === cursor.time && repeated === 0) return true;
    if (time === cursor.time) repeated -= 1;
    return false;
  };
}

export function advance(cursor: Cursor | undefined, time: string): Cursor {
  return { time, count: cursor?.time === time ? cursor.count + 1 : 1 };
}
