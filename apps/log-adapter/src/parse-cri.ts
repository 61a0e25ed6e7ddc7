/**
 * Lines as a container runtime keeps them (the CRI logging format of Kubernetes): time, stream, a tag, and the text.
 *
 *   2026-11-23T22:34:28.123456789Z stdout P the first part of a long line, wh
 *   2026-11-23T22:34:28.123456789Z stdout F ich ends here
 */
import type { EventParser, ParsedEvent } from './parsed-event.ts';
import type { Redactor } from './redactor.ts';
import { compileTimeFormat } from './time-format.ts';

const LINE = /^(?<time>\S+) (?<stream>stdout|stderr) (?<tag>[PF])(?::\S*)? ?/;

const readTime = compileTimeFormat('rfc3339');

interface CriLine {
  readonly time: string;
  readonly stream: string;
  /** The rest of the line follows in another one. */
  readonly isPart: boolean;
  readonly text: string;
}

function readCriLine(line: string): CriLine | undefined {
  const match = LINE.exec(line);
  const { time, stream, tag } = match?.groups ?? {};
  if (match === null || time === undefined || stream === undefined) return undefined;
  return { time, stream, isPart: tag === 'P', text: line.slice(match[0].length) };
}

/** Which lines begin an event, by what the program wrote: as `multiline` of the configuration. */
interface Rule {
  readonly start?: RegExp | undefined;
  readonly continue?: RegExp | undefined;
}

/** Tells, line after line, whether an event begins with it: not as long as a line of a stream is in parts. */
export function createCriBorders(rule: Rule = {}): { test(line: string): boolean } {
  const open = new Set<string>();
  return {
    test(line) {
      const read = readCriLine(line);
      const isInside = open.size > 0;
      if (read === undefined) return true;
      if (read.isPart) open.add(read.stream);
      else open.delete(read.stream);
      return !isInside && (rule.start?.test(read.text) ?? rule.continue?.test(read.text) !== true);
    },
  };
}

/** The lines of an event by their streams, whose parts may stand between each other. */
export function splitStreams(lines: readonly string[]): readonly (readonly string[])[] {
  const streams = new Map<string, string[]>();
  for (const line of lines) {
    const stream = readCriLine(line)?.stream;
    // Something else is among them: they stay together.
    if (stream === undefined) return [lines];
    const known = streams.get(stream);
    if (known === undefined) streams.set(stream, [line]);
    else known.push(line);
  }
  return [...streams.values()];
}

/** Reads what the program wrote with `readText`; the time of the runtime counts if the program gives none. */
export function createCriParser(
  readText: (lines: readonly string[], redactor: Redactor | undefined) => ParsedEvent,
): EventParser {
  return (lines, redactor) => {
    const [first = '', ...others] = lines;
    const head = readCriLine(first);
    const column = 1;
    if (head === undefined) {
      return { reason: 'no_match', line: 1, column, expected: 'time, stdout or stderr, and P or F' };
    }
    const runtimeMs = readTime(head.time);
    if (runtimeMs === undefined) return { reason: 'bad_time', line: 1, column, expected: 'a time of RFC 3339' };
    const texts = [head.text];
    let isOpen = head.isPart;
    for (const line of others) {
      const read = readCriLine(line);
      const text = read?.text ?? line;
      if (isOpen) texts.push(`${texts.pop() ?? ''}${text}`);
      else texts.push(text);
      isOpen = read?.isPart ?? false;
    }
    const event = readText(texts, redactor);
    return { ...event, timeMs: event.timeMs ?? runtimeMs, fields: { ...event.fields, stream: head.stream } };
  };
}
