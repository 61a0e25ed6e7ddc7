/**
 * The short way for the lines that most access logs consist of: from the bytes that were read to the bytes that are
 * written, without any text between them, which would have to be made, put together and cleared away for every line.
 *
 * It takes a line only if it is exactly as nginx and Apache write the common and the combined format, and if nothing in
 * it needs care: then all values are copied as they are. Any other line goes the long way, over `parse-access-log.ts`,
 * which for the lines that are taken here would write the same.
 */
import { findPlaces, HTTP, isSame, Places } from './access-log-places.ts';
import { createEventFrame, createFieldHeads, type EventWriterOptions } from './event-frame.ts';
import { createTimeWriter } from './json-text.ts';
import type { Level } from './levels.ts';
import type { LineBuffer } from './line-buffer.ts';
import type { LinePlace } from './line.ts';
import { lineScanner } from './line-traits.ts';
import { levelOf, readTime, TIME_LENGTH } from './parse-access-log.ts';

export interface LaneOrigin {
  readonly logFile: string;
  readonly observedMs: number;
}

export interface AccessLogLane {
  /** The fields that its events may have. */
  readonly fields: readonly string[];
  /** Writes the event of a line and returns its level; undefined, and nothing is written, if the line is not for it. */
  write(line: LinePlace, origin: LaneOrigin, out: LineBuffer): Level | undefined;
}

const DASH = 0x2d;
const ZERO = 0x30;
const LONG_BYTES = 48;

const FIELDS = [
  ...['client_address', 'user_name', 'http_method', 'url_path', 'url_query', 'http_version', 'http_status'],
  ...['response_bytes', 'referer', 'user_agent'],
] as const;

/** Undefined if the configuration has something done with these fields that only the long way does. */
export function createAccessLogLane(options: EventWriterOptions): AccessLogLane | undefined {
  const { schema } = options;
  const headOf = createFieldHeads(options);
  if (schema === 'otel' || FIELDS.some((field) => headOf(field).isSecret)) return undefined;
  const frame = createEventFrame({ ...options, schema });
  const head = (field: (typeof FIELDS)[number], which: 0 | 1 | 2 | 3): Buffer =>
    Buffer.from(headOf(field).texts[which]);
  // Each closes the text before it, unless that is a number.
  const [user, method, path, query, version, status, agent] = [
    head('user_name', 3),
    head('http_method', 3),
    head('url_path', 3),
    head('url_query', 3),
    head('http_version', 3),
    head('http_status', 2),
    head('user_agent', 3),
  ];
  const [bytesHead, referer, agentAfterNumber] = [head('response_bytes', 0), head('referer', 1), head('user_agent', 1)];
  const client = head('client_address', 1).toString();
  const [quote, end] = [Buffer.from('"'), Buffer.from('"}\n')];
  const headBytes = [user, method, path, query, version, status, bytesHead, referer, agent, agentAfterNumber].reduce(
    (sum, { length }) => sum + length,
    quote.length + end.length,
  );

  const places = new Places();
  const [eventTime, observedTime] = [createTimeWriter(), createTimeWriter()];
  const time = Buffer.alloc(TIME_LENGTH);
  let starts: Partial<Record<Level, Buffer>> = {};
  let startTime = '';
  let endText = '';
  let endBytes = Buffer.alloc(0);

  /** What an event begins with, up to the client's address: the same for all of a level in the same second. */
  const startOf = (level: Level): Buffer =>
    (starts[level] ??= Buffer.from(`${frame.starts[level]}${startTime}${frame.afterTime}${client}`));

  /** False if it is no time. */
  const useTime = (bytes: Buffer, start: number): boolean => {
    if (isSame(bytes, start, time)) return true;
    const timeMs = readTime(bytes.toString('latin1', start, start + TIME_LENGTH));
    if (timeMs === undefined) return false;
    bytes.copy(time, 0, start, start + TIME_LENGTH);
    startTime = eventTime(timeMs);
    starts = {};
    return true;
  };

  return {
    fields: FIELDS,
    write({ bytes, start, end: lineEnd }, { logFile, observedMs }, out) {
      if (!findPlaces(bytes, start, lineEnd, places)) return undefined;
      if (lineScanner.bytes(bytes, start, lineEnd) !== 0 || !useTime(bytes, places.timeStart)) return undefined;
      const text = frame.endOf(observedTime(observedMs), logFile);
      if (text !== endText) {
        endText = text;
        endBytes = Buffer.from(text);
      }
      const level = levelOf(((bytes[places.requestEnd + 2] as number) - ZERO) * 100);
      const startBytes = startOf(level);

      // The request is written twice.
      const most = startBytes.length + endBytes.length + headBytes + (lineEnd - start) * 2;
      const target = out.reserve(most);
      const { hostEnd, userStart, userEnd, requestStart, methodEnd, queryStart, targetEnd, requestEnd } = places;
      let at = copy(target, out.length, startBytes, 0, startBytes.length);
      at = copy(target, at, bytes, start, hostEnd);
      if (isValue(bytes, userStart, userEnd)) at = put(target, at, user, bytes, userStart, userEnd);
      at = put(target, at, method, bytes, requestStart, methodEnd);
      at = put(target, at, path, bytes, methodEnd + 1, queryStart);
      if (queryStart < targetEnd) at = put(target, at, query, bytes, queryStart + 1, targetEnd);
      at = put(target, at, version, bytes, targetEnd + HTTP.length, requestEnd);
      at = put(target, at, status, bytes, requestEnd + 2, requestEnd + 5);
      const bytesStart = requestEnd + 6;
      if (bytes[bytesStart] !== DASH) at = put(target, at, bytesHead, bytes, bytesStart, places.bytesEnd);
      const { refererStart, refererEnd } = places;
      if (refererStart > 0) {
        const hasReferer = isValue(bytes, refererStart, refererEnd);
        if (hasReferer) at = put(target, at, referer, bytes, refererStart, refererEnd);
        const hasAgent = isValue(bytes, refererEnd + 3, lineEnd - 1);
        if (hasAgent) at = put(target, at, hasReferer ? agent : agentAfterNumber, bytes, refererEnd + 3, lineEnd - 1);
        if (hasReferer || hasAgent) at = copy(target, at, quote, 0, quote.length);
      }
      at = put(target, at, endBytes, bytes, requestStart, requestEnd);
      out.length = copy(target, at, end, 0, end.length);
      return level;
    },
  };
}

/** Not a dash, and not nothing. */
function isValue(bytes: Buffer, start: number, end: number): boolean {
  return end > start && !(end === start + 1 && bytes[start] === DASH);
}

/** A head, and a part of the line after it. */
function put(target: Buffer, at: number, head: Buffer, bytes: Buffer, start: number, end: number): number {
  return copy(target, copy(target, at, head, 0, head.length), bytes, start, end);
}

/** By hand where a piece is so short that it takes longer to ask for it. */
function copy(target: Buffer, at: number, source: Buffer, start: number, end: number): number {
  if (end - start >= LONG_BYTES) return at + source.copy(target, at, start, end);
  let to = at;
  for (let from = start; from < end; from += 1, to += 1) target[to] = source[from] as number;
  return to;
}
