/** What the parsers make of the lines of an event, and what they have in common. */
import { setField, type FieldRule, type Fields } from './field-values.ts';
import { readLevel, type Level } from './levels.ts';
import type { Redactor } from './redactor.ts';
import type { TimeReader } from './time-format.ts';

/** Why an event could not be read. */
export type ParseError = 'no_match' | 'bad_time' | 'unknown_level' | 'not_json' | 'too_deep' | 'parser_failed';

export interface ParsedEvent {
  /** Milliseconds since 1970; undefined if the event has no time of its own. */
  readonly timeMs: number | undefined;
  readonly level: Level;
  readonly logger: string | undefined;
  readonly msg: string;
  readonly stack: string | undefined;
  readonly fields: Fields;
  /** How many values were not of the type the configuration gives them. */
  readonly badFields: number;
  /** No text of it has a quotation mark that its lines do not have after a backslash. */
  readonly hasNoQuotes: boolean;
  readonly error: ParseError | undefined;
}

/** One that says nothing. */
export const EMPTY_EVENT: ParsedEvent = {
  timeMs: undefined,
  level: 'info',
  logger: undefined,
  msg: '',
  stack: undefined,
  fields: {},
  badFields: 0,
  hasNoQuotes: true,
  error: undefined,
};

/** Why a parser did not take an event, and where. */
export interface ParseFailure {
  readonly reason: ParseError;
  /** The line of the event, from 1. */
  readonly line: number;
  /** The place in the line, from 1. */
  readonly column: number;
  /** What should have been there. */
  readonly expected: string;
}

/** Reads the lines of an event; with a redactor, what it reads is without secrets. */
export type EventParser = (lines: readonly string[], redactor: Redactor | undefined) => ParsedEvent | ParseFailure;

export function isFailure(parsed: ParsedEvent | ParseFailure): parsed is ParseFailure {
  return 'reason' in parsed;
}

export function failure(reason: ParseError, expected: string, column = 1, line = 1): ParseFailure {
  return { reason, line, column, expected };
}

/** Time and level, or the reason why they cannot be read. */
export function readHead(
  time: string | undefined,
  timeFormat: TimeReader | undefined,
  levelWord: string | undefined,
  levels: Readonly<Record<string, Level>> | undefined,
): { timeMs: number | undefined; level: Level } | ParseError {
  const timeMs = time === undefined ? undefined : timeFormat?.(time);
  if (time !== undefined && timeMs === undefined) return 'bad_time';
  const level = levelWord === undefined ? 'info' : readLevel(levelWord, levels);
  return level === undefined ? 'unknown_level' : { timeMs, level };
}

/** The failure for a head that cannot be read. */
export function headFailure(
  reason: ParseError,
  time: string | undefined,
  level: string | undefined,
  text: string,
): ParseFailure {
  const value = (reason === 'bad_time' ? time : level) ?? '';
  const expected = `a ${reason === 'bad_time' ? 'time of the format' : 'known level'} in place of ${JSON.stringify(value)}`;
  return failure(reason, expected, Math.max(0, text.indexOf(value)) + 1);
}

/** Puts a value under the name the configuration gives its key; 1 if it was not of its type, else 0. */
export function addField(
  fields: Fields,
  key: string,
  text: string,
  rules: Readonly<Record<string, FieldRule>> | undefined,
  redactor: Redactor | undefined,
): 0 | 1 {
  const rule = ruleOf(rules, key);
  if (redactor === undefined) return setField(fields, key, text, rule) ? 0 : 1;
  const isSecret = redactor.isSecretName(key);
  // A secret is not of any type any more.
  const clean = isSecret ? redactor.mask(text) : redactor.text(text);
  return setField(fields, redactor.text(key), clean, isSecret ? rule && { ...rule, type: 'text' } : rule) ? 0 : 1;
}

/** The rule for a key; a key such as `constructor` has none by itself. */
export function ruleOf<Rule>(rules: Readonly<Record<string, Rule>> | undefined, key: string): Rule | undefined {
  return rules !== undefined && Object.hasOwn(rules, key) ? rules[key] : undefined;
}

/** The lines as one text, without what is empty at its end. */
export function joinLines(lines: readonly string[]): string {
  const text = lines.length === 1 ? (lines[0] as string) : lines.join('\n');
  const last = text.charCodeAt(text.length - 1);
  // Most end with a visible character.
  return last > 0x20 && last < 0x7f ? text : text.trimEnd();
}
