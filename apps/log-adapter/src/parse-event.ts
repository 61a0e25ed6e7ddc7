/**
 * From the lines of an event to its parts, as the configuration describes them. What does not fit is never dropped: it
 * comes out as a warning with the raw text and the reason.
 */
import type { ParserConfig } from './config-parsers.ts';
import { createAccessLogParser } from './parse-access-log.ts';
import { createCriParser } from './parse-cri.ts';
import { createJsonParser } from './parse-json-event.ts';
import { createLogfmtParser } from './parse-logfmt-event.ts';
import { createNginxErrorParser } from './parse-nginx-error.ts';
import { createRegExpParser } from './parse-regexp-event.ts';
import {
  isFailure,
  joinLines,
  type EventParser,
  type ParsedEvent,
  type ParseError,
  type ParseFailure,
} from './parsed-event.ts';
import type { Redactor } from './redactor.ts';

/** Makes one parser. */
export function createParser(config: ParserConfig): EventParser {
  if (config.type === 'regex') return createRegExpParser(config);
  if (config.type === 'json') return createJsonParser(config);
  if (config.type === 'logfmt') return createLogfmtParser(config);
  if (config.type === 'accessLog') return createAccessLogParser(config);
  if (config.type === 'nginxError') return createNginxErrorParser();
  return createCriParser(createEventReader(config.parsers));
}

/** Makes a parser of several, which are tried one after the other. It never throws and never fails. */
export function createEventReader(
  configs: readonly ParserConfig[],
): (lines: readonly string[], redactor: Redactor | undefined) => ParsedEvent {
  const parsers = configs.map(createParser);
  return (lines, redactor) => {
    let reason: ParseError | undefined;
    for (const parser of parsers) {
      const parsed = tryParser(parser, lines, redactor);
      if (!isFailure(parsed)) return parsed;
      // That of the first one, which is what most of the lines should be.
      reason ??= parsed.reason;
    }
    return rawEvent(lines, reason, redactor);
  };
}

/** As the parser, but what it throws is a failure, too. */
export function tryParser(
  parser: EventParser,
  lines: readonly string[],
  redactor: Redactor | undefined,
): ParsedEvent | ParseFailure {
  try {
    return parser(lines, redactor);
  } catch (error) {
    return { reason: 'parser_failed', line: 1, column: 1, expected: `no fault of the parser: ${String(error)}` };
  }
}

/** An event that is its text: because nothing more is asked for, or because it could not be read. */
function rawEvent(
  lines: readonly string[],
  error: ParseError | undefined,
  redactor: Redactor | undefined,
): ParsedEvent {
  const text = joinLines(lines);
  return {
    timeMs: undefined,
    level: error === undefined ? 'info' : 'warn',
    logger: undefined,
    msg: redactor === undefined ? text : redactor.text(text),
    stack: undefined,
    fields: {},
    badFields: 0,
    hasNoQuotes: false,
    error,
  };
}
