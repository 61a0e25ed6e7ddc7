/**
 * Where the parts of a line of an access log are, in its bytes, if it is exactly the common or the combined format:
 *
 *   203.0.113.7 - ann [23/Nov/2026:22:34:28 +0000] "GET /a?b=c HTTP/1.1" 200 5316 "https://example.com/" "Mozilla/5.0"
 */
import { TIME_LENGTH } from './parse-access-log.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const QUESTION_MARK = 0x3f;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
export const HTTP: Buffer = Buffer.from(' HTTP/');
/** ` HTTP/1.1` */
const VERSION_LENGTH = 9;
const MAX_DIGITS = 15;

/** One serves all lines, which come one after the other. */
export class Places {
  hostEnd = 0;
  userStart = 0;
  userEnd = 0;
  timeStart = 0;
  requestStart = 0;
  methodEnd = 0;
  /** Where the query begins, with its question mark, or the end of the target. */
  queryStart = 0;
  targetEnd = 0;
  /** The status is two bytes after it, the size six. */
  requestEnd = 0;
  bytesEnd = 0;
  /** 0 if there is none, and no user agent. */
  refererStart = 0;
  refererEnd = 0;
}

/** False if it is not exactly one of the two formats. */
export function findPlaces(bytes: Buffer, start: number, end: number, places: Places): boolean {
  const requestStart = find(bytes, QUOTE, start, end) + 1;
  const timeStart = requestStart - 3 - TIME_LENGTH;
  const hostEnd = find(bytes, SPACE, start, timeStart);
  const userStart = find(bytes, SPACE, hostEnd + 1, timeStart) + 1;
  const userEnd = timeStart - 2;
  if (hostEnd === start || userEnd < userStart) return false;
  const isFramed = bytes[requestStart - 2] === SPACE && bytes[requestStart - 3] === CLOSING_BRACKET;
  if (!isFramed || find(bytes, OPENING_BRACKET, userStart, end) !== timeStart - 1) return false;
  if (bytes[userEnd] !== SPACE) return false;

  const requestEnd = find(bytes, QUOTE, requestStart, end);
  const targetEnd = requestEnd - VERSION_LENGTH;
  const methodEnd = find(bytes, SPACE, requestStart, targetEnd);
  if (methodEnd === requestStart || methodEnd >= targetEnd || !isSame(bytes, targetEnd, HTTP)) return false;

  const bytesStart = requestEnd + 6;
  const bytesEnd = find(bytes, SPACE, bytesStart, end);
  if (bytesStart >= end || !isStatus(bytes, requestEnd + 1) || !isSize(bytes, bytesStart, bytesEnd)) return false;

  places.refererStart = 0;
  if (bytesEnd < end) {
    const refererEnd = find(bytes, QUOTE, bytesEnd + 2, end);
    const isQuoted =
      bytes[bytesEnd + 1] === QUOTE && bytes[refererEnd + 1] === SPACE && bytes[refererEnd + 2] === QUOTE;
    if (!isQuoted || refererEnd + 3 >= end || find(bytes, QUOTE, refererEnd + 3, end) !== end - 1) return false;
    places.refererStart = bytesEnd + 2;
    places.refererEnd = refererEnd;
  }
  places.hostEnd = hostEnd;
  places.userStart = userStart;
  places.userEnd = userEnd;
  places.timeStart = timeStart;
  places.requestStart = requestStart;
  places.methodEnd = methodEnd;
  places.queryStart = find(bytes, QUESTION_MARK, methodEnd + 1, targetEnd);
  places.targetEnd = targetEnd;
  places.requestEnd = requestEnd;
  places.bytesEnd = bytesEnd;
  return true;
}

/** ` 200 ` */
function isStatus(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === SPACE &&
    isDigit(bytes[at + 1]) &&
    bytes[at + 1] !== ZERO &&
    isDigit(bytes[at + 2]) &&
    isDigit(bytes[at + 3]) &&
    bytes[at + 4] === SPACE
  );
}

/** A number as JSON writes it, or a dash. */
function isSize(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length === 1 && bytes[start] === DASH) return true;
  if (length < 1 || length > MAX_DIGITS || (length > 1 && bytes[start] === ZERO)) return false;
  for (let at = start; at < end; at += 1) if (!isDigit(bytes[at])) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

export function isSame(bytes: Buffer, start: number, wanted: Buffer): boolean {
  for (let index = 0; index < wanted.length; index += 1) if (bytes[start + index] !== wanted[index]) return false;
  return true;
}

/** Where the byte is, or the end. */
function find(bytes: Buffer, wanted: number, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== wanted) at += 1;
  return at;
}
