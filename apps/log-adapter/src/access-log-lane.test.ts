/** The short way beside the long one: for any line both write the same, or the short way leaves it to the long one. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAccessLogLane } from './access-log-lane.ts';
import { EventAssembler } from './event-assembler.ts';
import { LineBuffer } from './line-buffer.ts';
import { LineSplitter } from './line-splitter.ts';
import { ORIGIN, readConfig } from './parse-test-support.ts';
import { createTransform, type TransformContext } from './transform.ts';

const COMBINED =
  '203.0.113.7 - ann [23/Nov/2026:22:34:28 +0000] "GET /a?b=c HTTP/1.1" 200 5316 "https://example.com/" "curl/8.14"';

function createBoth(more = '', context: Partial<TransformContext> = {}) {
  const config = readConfig('[{ type: accessLog }]', more);
  const [input] = config.inputs;
  if (input === undefined) throw new Error('no input');
  const resources = new Map([['pod', 'web-1']]);
  const { add, write, takeOutcome } = createTransform(input, { config, resources, ...context });
  return {
    takeOutcome,
    /** As the adapter does it: over bytes. */
    addAll: (text: string): string => {
      const splitter = new LineSplitter({ offset: 0, maxLineBytes: 65_536 });
      const assembler = new EventAssembler({ timeoutMs: 0, maxEventBytes: 65_536 });
      const out = new LineBuffer();
      for (const event of assembler.add(splitter.push(Buffer.from(text)))) add(event, ORIGIN, out);
      return out.bytes.toString();
    },
    /** Over texts. */
    writeAll: (text: string): string =>
      text
        .split('\n')
        .map((line) => (line.trim() === '' ? '' : write([line.replace(/\r$/, '')], ORIGIN)))
        .join(''),
  };
}

/** Whether the short way takes a line. */
function isTaken(line: string): boolean {
  const lane = createAccessLogLane({ schema: 'flat', service: 'app', resources: new Map(), redactor: undefined });
  const bytes = Buffer.from(line);
  const out = new LineBuffer();
  const level = lane?.write({ bytes, start: 0, end: bytes.length }, ORIGIN, out);
  expect(out.length > 0).toBe(level !== undefined);
  return level !== undefined;
}

/** Parts that are as they should be, and parts that are not quite. */
const parts = [
  ['203.0.113.7', '::1', 'a-host', '', 'a"b', '['],
  [' - ', ' x ', '  ', ' ', ' - - '],
  ['ann', '-', '', 'a [b', 'a b', 'bob]', 'a"b'],
  [' [', ' ', '[', ' [['],
  ['23/Nov/2026:22:34:28 +0000', '24/Dec/2026:01:02:03 -0100', '31/Feb/2026:22:34:28 +0000', '23/Nov/2026'],
  ['] "', ']"', '] ', ']  "'],
  ['GET /a?b=c HTTP/1.1', 'GET /a HTTP/2.0', 'POST /? HTTP/1.0', 'GET / HTTP/1', 'GET HTTP/1.1', ' / HTTP/1.1'],
  ['GET /a b?c?d HTTP/1.1', 'GET  HTTP/1.1', '-', '', '\\x16\\x03', 'GET /?token=abc HTTP/1.1', 'GET /ü HTTP/1.1'],
  ['" ', '"', '\\" ', '"  '],
  ['200', '304', '404', '500', '599', '99', '099', '2000', '-', '20x'],
  [' 5316', ' -', ' 0', ' 007', ' 1234567890123456', ' 5x', '', ' '],
  [
    '',
    ' "https://example.com/" "curl/8"',
    ' "-" "-"',
    ' "" ""',
    ' "-" "x"',
    ' "x" "-"',
    ' "x" "y" "z"',
    ' "x"',
    ' k=v',
  ],
  [' "https://u:p@example.com/" "a\\"b"', ' "x"  "y"', ' "x" "y', ' "x" "y" '],
  ['', '\r', ' ', '\t'],
] as const;

describe('for any line', () => {
  // The first of each is right, and often taken, so that many lines are right but for one part.
  const [requests, moreRequests, tails, moreTails] = [parts[6], parts[7], parts[11], parts[12]];
  const choices: readonly (readonly string[])[] = [
    ...parts.slice(0, 6),
    [...requests, ...moreRequests],
    ...parts.slice(8, 11),
    [...tails, ...moreTails],
    parts[13],
  ];
  const part = (texts: readonly string[]) =>
    fc.oneof(
      { weight: 8, arbitrary: fc.constant(texts[0] ?? '') },
      { weight: 1, arbitrary: fc.constantFrom(...texts) },
    );
  const line = fc.tuple(...choices.map(part)).map((texts) => texts.join(''));
  const cut = fc.tuple(line, fc.nat(200)).map(([text, length]) => text.slice(0, length));
  const file = fc.array(fc.oneof(line, line, cut), { maxLength: 12 }).map((lines) => `${lines.join('\n')}\n`);

  test.each(['schema: flat', 'schema: ecs', 'schema: otel', 'redact: { mode: "off" }', 'redact: { keys: [agent] }'])(
    'with %s',
    (more) => {
      const { addAll, writeAll } = createBoth(more);
      fc.assert(
        fc.property(file, (text) => {
          expect(addAll(text)).toBe(writeAll(text));
        }),
        { numRuns: 300 },
      );
    },
  );
});

test.each([
  COMBINED,
  COMBINED.replace(' "https://example.com/" "curl/8.14"', ''),
  COMBINED.replace('ann', '-').replace('"https://example.com/"', '"-"'),
  COMBINED.replace('5316', '-').replace('GET /a?b=c', 'POST /'),
])('%s goes the short way', (line) => {
  expect(isTaken(line)).toBe(true);
});

test.each([
  ['an escape', COMBINED.replace('curl', String.raw`a\"b`)],
  ['a word that secrets come with', COMBINED.replace('b=c', 'token=c')],
  ['what servers add', `${COMBINED} request_time=0.1`],
  ['a character of several bytes', COMBINED.replace('curl', 'ü')],
  ['another request', COMBINED.replace(' HTTP/1.1', '')],
  ['a time that is none', COMBINED.replace('23/Nov', '31/Feb')],
  ['nothing', ''],
])('a line with %s goes the long way', (_what, line) => {
  expect(isTaken(line)).toBe(false);
});

test('events are counted on either way, and metrics that ask for a field are told of it', () => {
  const observed: string[] = [];
  const observe: NonNullable<TransformContext['derived']>['observe'] = ({ level, fields }) =>
    observed.push(`${level} ${String(fields['http_status'])}`);
  for (const asksFor of [() => false, (fields: readonly string[]) => fields.includes('http_status')]) {
    const { addAll, takeOutcome } = createBoth('', { derived: { observe, asksFor } });
    addAll(`${COMBINED}\n${COMBINED.replace('200', '404')}\n${COMBINED.replace('200', '500')} k=v\n`);
    expect(takeOutcome().levels).toMatchObject({ info: 1, warn: 1, error: 1 });
  }
  expect(observed).toStrictEqual([
    ...['info undefined', 'warn undefined', 'error 500'],
    ...['info 200', 'warn 404', 'error 500'],
  ]);
});
