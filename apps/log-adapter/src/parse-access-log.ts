/**
 * The access log of nginx and Apache: the common format, the combined one, and either with more fields after it
 * (https://httpd.apache.org/docs/2.4/logs.html#combined).
 *
 *   203.0.113.7 - ann [23/Nov/2026:22:34:28 +0000] "GET /a?b=c HTTP/1.1" 200 5316 "https://example.com/" "Mozilla/5.0"
 *
 * This is the format that is written most, so it is read by hand: a regular expression with as many groups takes twice
 * as long.
 */
import type { ParserOf } from './config-parsers.ts';
import type { Fields } from './field-values.ts';
import type { Level } from './levels.ts';
import { addField, failure, joinLines, type EventParser } from './parsed-event.ts';
import type { Redactor } from './redactor.ts';
import { parseRequestLine } from './request-line.ts';
import { compileTimeFormat } from './time-format.ts';

const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const DASH = 0x2d;
const QUOTE = 0x22;
const SPACE = 0x20;

/** `23/Nov/2026:22:34:28 +0000` */
export const TIME_LENGTH = 26;

export const readTime = compileTimeFormat('accessLog');

export function createAccessLogParser(config: ParserOf<'accessLog'>): EventParser {
  const clean = (text: string | undefined, redactor: Redactor | undefined): string | undefined =>
    text === undefined || redactor === undefined ? text : redactor.text(text);

  return (lines, redactor) => {
    const line = joinLines(lines);
    const hostEnd = line.indexOf(' ');
    const identEnd = line.indexOf(' ', hostEnd + 1);
    const userEnd = line.indexOf(' [', identEnd + 1);
    if (hostEnd <= 0 || identEnd < 0) return failure('no_match', 'address, identity and user, with a space after each');
    if (userEnd < 0) return failure('no_match', 'the [ of the time', identEnd + 2);

    const timeStart = userEnd + 2;
    const timeEnd = timeStart + TIME_LENGTH;
    if (line.charCodeAt(timeEnd) !== CLOSING_BRACKET) return failure('no_match', 'a time and ]', timeStart + 1);
    const timeMs = readTime(line.slice(timeStart, timeEnd));
    if (timeMs === undefined) return failure('bad_time', 'a time such as 23/Nov/2026:22:34:28 +0000', timeStart + 1);
    if (!isQuoteAt(line, timeEnd + 1)) return failure('no_match', 'the " of the request', timeEnd + 3);

    const requestStart = timeEnd + 3;
    const requestEnd = endOfQuoted(line, requestStart);
    if (requestEnd < 0) return failure('no_match', 'the " after the request', line.length + 1);
    const status = statusAt(line, requestEnd + 2);
    if (status === undefined) return failure('no_match', 'a status of three digits', requestEnd + 3);
    const bytesStart = requestEnd + 6;
    const bytesEnd = endOfWord(line, bytesStart);
    const bytes = numberAt(line, bytesStart, bytesEnd);
    if (bytes === undefined) return failure('no_match', 'a number of bytes, or -', bytesStart + 1);

    let referer: string | undefined;
    let userAgent: string | undefined;
    let end = bytesEnd;
    if (isQuoteAt(line, end)) {
      const refererEnd = endOfQuoted(line, end + 2);
      if (refererEnd < 0) return failure('no_match', 'the " after the referer', line.length + 1);
      if (!isQuoteAt(line, refererEnd + 1)) return failure('no_match', 'the " of the user agent', refererEnd + 3);
      const userAgentEnd = endOfQuoted(line, refererEnd + 3);
      if (userAgentEnd < 0) return failure('no_match', 'the " after the user agent', line.length + 1);
      referer = unlessDash(line, end + 2, refererEnd);
      userAgent = unlessDash(line, refererEnd + 3, userAgentEnd);
      end = userAgentEnd + 1;
    }

    const msg = line.slice(requestStart, requestEnd);
    const request = parseRequestLine(msg);
    const fields: Fields = {
      client_address: line.slice(0, hostEnd),
      user_name: clean(unlessDash(line, identEnd + 1, userEnd), redactor),
      http_method: clean(request.http_method, redactor),
      url_path: clean(request.url_path, redactor),
      url_query: clean(request.url_query, redactor),
      http_version: clean(request.http_version, redactor),
      http_status: status,
      response_bytes: bytes < 0 ? undefined : bytes,
      referer: clean(referer, redactor),
      user_agent: clean(userAgent, redactor),
    };
    const badFields = end < line.length ? addExtra(fields, line.slice(end + 1), config, redactor) : 0;
    return {
      timeMs,
      level: levelOf(status),
      logger: undefined,
      msg: clean(msg, redactor) ?? '',
      stack: undefined,
      fields,
      badFields,
      // What stands between quotes has none, so what is left is what stands before them.
      hasNoQuotes: end === line.length && line.indexOf('"') === requestStart - 1,
      error: undefined,
    };
  };
}

/** What comes after the format: `key=value` and `key="value"` name themselves, others are named by the configuration. */
function addExtra(
  fields: Fields,
  text: string,
  { extra, keys }: ParserOf<'accessLog'>,
  redactor: Redactor | undefined,
): number {
  let badFields = 0;
  let nth = 0;
  const rest: string[] = [];
  for (const [word, key, quoted, plain] of text.matchAll(/(?:([\w.-]+)=)?(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g)) {
    const value = quoted ?? plain ?? '';
    const name = key ?? extra[nth];
    if (key === undefined) nth += 1;
    if (name === undefined) rest.push(word);
    else if (value !== '-' && value !== '') badFields += addField(fields, name, value, keys, redactor);
  }
  if (rest.length > 0) addField(fields, 'extra', rest.join(' '), undefined, redactor);
  return badFields;
}

/** What the server made of the request: 500 and above is an error, 400 and above a warning. */
export function levelOf(status: number): Level {
  if (status >= 500) return 'error';
  return status >= 400 ? 'warn' : 'info';
}

/** A space and a quotation mark. */
function isQuoteAt(line: string, at: number): boolean {
  return line.charCodeAt(at) === SPACE && line.charCodeAt(at + 1) === QUOTE;
}

/** The quotation mark that ends the text; one after a backslash belongs to the text. */
function endOfQuoted(line: string, from: number): number {
  let at = line.indexOf('"', from);
  while (at > from && line.charCodeAt(at - 1) === BACKSLASH) {
    let first = at - 1;
    while (first > from && line.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((at - first) % 2 === 0) return at;
    at = line.indexOf('"', at + 1);
  }
  return at;
}

function endOfWord(line: string, from: number): number {
  const end = line.indexOf(' ', from);
  return end < 0 ? line.length : end;
}

function statusAt(line: string, start: number): number | undefined {
  const status = numberAt(line, start, start + 3);
  const isWhole = line.charCodeAt(start - 1) === SPACE && line.charCodeAt(start + 3) === SPACE;
  return isWhole && status !== undefined && status >= 100 ? status : undefined;
}

/** The digits as a number, -1 for `-`, undefined for anything else. */
function numberAt(line: string, start: number, end: number): number | undefined {
  if (end === start + 1 && line.charCodeAt(start) === DASH) return -1;
  if (end <= start || end > start + 15) return undefined;
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = line.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

function unlessDash(line: string, start: number, end: number): string | undefined {
  return end <= start || (end === start + 1 && line.charCodeAt(start) === DASH) ? undefined : line.slice(start, end);
}
