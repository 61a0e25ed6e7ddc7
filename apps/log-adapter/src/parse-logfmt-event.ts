/**
 * Events of `key=value` pairs on one line, with spaces between them; a value with spaces stands in quotes, a key alone
 * is true. The first one has a value: what begins with a word, or goes on over several lines, is prose.
 */
import type { ParserOf } from './config-parsers.ts';
import type { Fields } from './field-values.ts';
import { addField, failure, headFailure, readHead, type EventParser, type ParseFailure } from './parsed-event.ts';

/** From one pair to the next. A quoted value ends at a quotation mark that has no backslash before it. */
const PAIR = /\s*(?<key>[^\s="]+)(?:=(?:"(?<quoted>(?:[^"\\]|\\.)*)"(?=\s|$)|(?<plain>[^\s"]*)(?=\s|$)))?(?=\s|$)/y;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

export function createLogfmtParser(config: ParserOf<'logfmt'>): EventParser {
  const taken = new Set([config.time, config.level, config.message, config.logger, config.stack]);
  return (lines, redactor) => {
    const line = lines.join('\n').trimEnd();
    const pairs = readPairs(line);
    if ('reason' in pairs) return pairs;
    const text = (key: string): string | undefined => {
      const value = pairs.get(key);
      return value === undefined || redactor === undefined ? value : redactor.valueOf(key, value);
    };
    const [time, levelWord] = [pairs.get(config.time), pairs.get(config.level)];
    const head = readHead(time, config.timeFormat, levelWord, config.levels);
    if (typeof head === 'string') return headFailure(head, time, levelWord, line);

    const fields: Fields = {};
    let badFields = 0;
    for (const [key, value] of pairs) {
      if (!taken.has(key)) badFields += addField(fields, key, value, config.keys, redactor);
    }
    return {
      timeMs: head.timeMs,
      level: head.level,
      logger: text(config.logger),
      msg: text(config.message) ?? '',
      stack: text(config.stack),
      fields,
      badFields,
      hasNoQuotes: false,
      error: undefined,
    };
  };
}

/** The pairs; of keys that are there twice the last one counts. */
function readPairs(line: string): ReadonlyMap<string, string> | ParseFailure {
  const pairs = new Map<string, string>();
  const lineEnd = line.indexOf('\n');
  if (lineEnd >= 0) return failure('no_match', 'the end of the event, which is one line', lineEnd + 1);
  let at = 0;
  while (at < line.length) {
    PAIR.lastIndex = at;
    const { key, quoted, plain } = PAIR.exec(line)?.groups ?? {};
    const isAlone = quoted === undefined && plain === undefined;
    if (key === undefined || (at === 0 && isAlone)) return failure('no_match', 'key=value or key="value"', at + 1);
    at = PAIR.lastIndex;
    pairs.set(key, quoted === undefined ? (plain ?? 'true') : unescape(quoted));
  }
  return pairs.size > 0 ? pairs : failure('no_match', 'at least one key=value');
}

function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(?<character>.)/g, (_escape, character: string) => ESCAPES[character] ?? character);
}
