/**
 * The error log of nginx (ngx_log_error_core and ngx_http_log_error write it):
 *
 *   2026/11/23 22:34:28 [error] 31#31: *7 open() "/srv/a" failed (2: No such file or directory), client: 203.0.113.7,
 *   server: localhost, request: "GET /a HTTP/1.1", host: "localhost"
 */
import type { Fields } from './field-values.ts';
import { readLevel } from './levels.ts';
import { failure, joinLines, type EventParser } from './parsed-event.ts';
import { parseRequestLine } from './request-line.ts';
import { compileTimeFormat } from './time-format.ts';

const HEAD =
  /^(?<time>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d) \[(?<level>[a-z]+)\] (?<process>\d{1,9})#(?<thread>\d{1,9}): (?:\*(?<connection>\d{1,15}) )?/;

/** What nginx puts after its message, each with a comma before it. */
const CONTEXT =
  /, (?<key>client|server|request|subrequest|upstream|host|referrer): (?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^\s,]+))/g;

const NAMES: Readonly<Record<string, string>> = {
  client: 'client_address',
  server: 'server_name',
  subrequest: 'subrequest',
  upstream: 'upstream',
  host: 'http_host',
  referrer: 'referer',
};

const readTime = compileTimeFormat('yyyy/MM/dd HH:mm:ss');

export function createNginxErrorParser(): EventParser {
  return (lines, redactor) => {
    const text = joinLines(lines);
    const match = HEAD.exec(text);
    const { time, level: word, process, thread, connection } = match?.groups ?? {};
    if (match === null || time === undefined || word === undefined) {
      return failure('no_match', '2026/11/23 22:34:28 [level] process#thread: at the beginning');
    }
    const timeMs = readTime(time);
    if (timeMs === undefined) return failure('bad_time', 'a time such as 2026/11/23 22:34:28');
    const level = readLevel(word, undefined);
    if (level === undefined) return failure('unknown_level', 'a level of nginx', text.indexOf('[') + 2);

    const clean = (value: string): string => (redactor === undefined ? value : redactor.text(value));
    const fields: Fields = { process_id: Number(process), thread_id: Number(thread) };
    if (connection !== undefined) fields['connection'] = Number(connection);
    // A request may hold anything, so what it says is only taken where nginx itself speaks: outside of its quotes.
    const rest = text.slice(match[0].length);
    const contextStart = rest.search(/, client: /);
    const context = contextStart < 0 ? '' : rest.slice(contextStart);
    for (const { groups = {} } of context.matchAll(CONTEXT)) {
      const value = groups['quoted'] ?? groups['plain'] ?? '';
      if (groups['key'] !== 'request') {
        fields[NAMES[groups['key'] ?? ''] ?? ''] = clean(value);
        continue;
      }
      for (const [name, part] of Object.entries(parseRequestLine(value))) {
        if (typeof part === 'string') fields[name] = clean(part);
      }
    }
    return {
      timeMs,
      level,
      logger: undefined,
      msg: clean(contextStart < 0 ? rest : rest.slice(0, contextStart)),
      stack: undefined,
      fields,
      badFields: 0,
      hasNoQuotes: false,
      error: undefined,
    };
  };
}
