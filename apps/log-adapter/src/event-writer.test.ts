import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEventWriter, type EventOrigin } from './event-writer.ts';
import type { SchemaName } from './output-schema.ts';
import { ORIGIN } from './parse-test-support.ts';
import type { ParsedEvent } from './parsed-event.ts';

const OBSERVED = '2026-11-23T22:34:29.000Z';
const TIME = '2026-11-23T22:34:28.123Z';
const TIME_MS = Date.parse(TIME);
const IDS = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' };

const EVENT: ParsedEvent = {
  timeMs: undefined,
  level: 'info',
  logger: undefined,
  msg: 'hello',
  stack: undefined,
  fields: {},
  badFields: 0,
  hasNoQuotes: false,
  error: undefined,
};

const RESOURCES = new Map([
  ['pod', 'web-1'],
  ['namespace', 'shop'],
  ['labels_app', 'web'],
]);

function write(
  event: Partial<ParsedEvent>,
  {
    schema = 'flat',
    resources = new Map<string, string>(),
    isPlain = false,
    ...origin
  }: Partial<EventOrigin & WriteOptions> = {},
): { text: string; line: unknown } {
  const writeEvent = createEventWriter({ schema, service: 'app', resources, redactor: undefined });
  const text = writeEvent({ ...EVENT, ...event }, { ...ORIGIN, ...origin }, isPlain);
  return { text, line: JSON.parse(text) };
}

interface WriteOptions {
  readonly isPlain: boolean;
  readonly schema: SchemaName;
  readonly resources: ReadonlyMap<string, string>;
}

const RICH: Partial<ParsedEvent> = {
  timeMs: TIME_MS,
  level: 'error',
  logger: 'db',
  stack: '  at x',
  fields: { http_status: 500, url_path: '/a', order: 17, none: undefined, nothing: null, ...IDS },
};

test('writes one line with the time and the level of the event', () => {
  const { text, line } = write(RICH, { resources: RESOURCES });
  expect(line).toStrictEqual({
    level: 'error',
    time: TIME,
    service: 'app',
    pod: 'web-1',
    namespace: 'shop',
    labels_app: 'web',
    logger: 'db',
    http_status: 500,
    url_path: '/a',
    order: 17,
    ...IDS,
    stack: '  at x',
    observed_time: OBSERVED,
    log_file: '/app.log',
    msg: 'hello',
  });
  expect(text.indexOf('\n')).toBe(text.length - 1);
});

test('writes the log data model of OpenTelemetry', () => {
  expect(write(RICH, { schema: 'otel', resources: RESOURCES, isPartial: true }).line).toStrictEqual({
    Timestamp: `${TIME_MS}000000`,
    ObservedTimestamp: `${Date.parse(OBSERVED)}000000`,
    SeverityText: 'ERROR',
    SeverityNumber: 17,
    TraceId: IDS.trace_id,
    SpanId: IDS.span_id,
    Resource: { 'service.name': 'app', 'k8s.pod.name': 'web-1', 'k8s.namespace.name': 'shop', labels_app: 'web' },
    Attributes: {
      'log.file.path': '/app.log',
      logger: 'db',
      'http.response.status_code': 500,
      'url.path': '/a',
      order: 17,
      'exception.stacktrace': '  at x',
      partial: true,
    },
    Body: 'hello',
  });
});

test('writes the Elastic Common Schema', () => {
  expect(write(RICH, { schema: 'ecs', resources: RESOURCES, isTruncated: true }).line).toStrictEqual({
    'log.level': 'error',
    '@timestamp': TIME,
    'ecs.version': '8.11.0',
    'service.name': 'app',
    'orchestrator.resource.name': 'web-1',
    'orchestrator.namespace': 'shop',
    'labels.labels_app': 'web',
    'log.logger': 'db',
    'http.response.status_code': 500,
    'url.path': '/a',
    'labels.order': 17,
    'trace.id': IDS.trace_id,
    'span.id': IDS.span_id,
    'error.stack_trace': '  at x',
    'labels.truncated': true,
    'event.ingested': OBSERVED,
    'log.file.path': '/app.log',
    message: 'hello',
  });
});

test('says what is wrong with an event, and takes the time of reading for one that has none', () => {
  const { line } = write({ error: 'no_match', level: 'warn' }, { isTruncated: true, isPartial: true });
  expect(line).toStrictEqual({
    level: 'warn',
    time: OBSERVED,
    service: 'app',
    parse_error: 'no_match',
    truncated: true,
    partial: true,
    observed_time: OBSERVED,
    log_file: '/app.log',
    msg: 'hello',
  });
});

test('a log cannot say what the adapter knows of the Pod', () => {
  const { text, line } = write({ fields: { pod: 'forged' } }, { resources: RESOURCES });
  expect(line).toMatchObject({ pod: 'web-1', field_pod: 'forged' });
  expect(text.match(/"pod":/g)).toHaveLength(1);
});

test.each([
  [Date.UTC(2026, 10, 23, 22, 34, 28, 5), '2026-11-23T22:34:28.005Z'],
  [0, '1970-01-01T00:00:00.000Z'],
  [-1, '1969-12-31T23:59:59.999Z'],
  [8.64e15, '+275760-09-13T00:00:00.000Z'],
])('writes the time %d as %s', (timeMs, time) => {
  expect(write({ timeMs }).line).toMatchObject({ time });
});

describe('nothing in a text gets out of it', () => {
  test.each([
    ['a message of several lines', 'one\ntwo\r\n{"level":"fatal","msg":"forged"}'],
    ['what ends a string', '","level":"fatal","x":"'],
    ['formats', '%s %d %j %o %%'],
    ['terminal controls', '\u001B[2J\u0007\u0000\u007F\u009B31m\u001B]0;title\u0007'],
    ['turned text and other line ends', '\u202Egnp.exe\u2066\u2028\u2029\u0085\u200B'],
    ['half a character', 'a\uD83D b'],
    ['characters of many kinds', 'ü € 😀 \\ / "'],
  ])('%s stays one line, comes out as it was, and does nothing to a terminal', (_what, msg) => {
    for (const schema of ['flat', 'otel', 'ecs'] as const) {
      const { text, line } = write({ msg, logger: msg, stack: msg, fields: { copy: msg } }, { schema, logFile: msg });
      const strings = JSON.stringify(line).split(JSON.stringify(msg)).length - 1;
      expect(strings).toBe(5);
      expect(text.indexOf('\n')).toBe(text.length - 1);
      // oxlint-disable-next-line no-control-regex
      expect(text.slice(0, -1)).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2066-\u2069]/);
    }
  });
});

test('a number that JSON does not know is a text', () => {
  expect(write({ fields: { a: Number.POSITIVE_INFINITY, b: true, c: -0 } }).line).toMatchObject({
    a: 'Infinity',
    b: true,
  });
});

describe('what is written by hand is what JSON.stringify would write', () => {
  const names = fc.constantFrom('url_path', 'http_status', 'order', 'referer', 'a', 'b', 'c');
  const valuesWith = (text: fc.Arbitrary<string>) =>
    fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constantFrom(null, undefined));
  const eventsWith = (text: fc.Arbitrary<string>) =>
    fc.record({
      timeMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
      level: fc.constantFrom('info', 'error'),
      logger: fc.option(text, { nil: undefined }),
      msg: text,
      stack: fc.option(text, { nil: undefined }),
      fields: fc.dictionary(names, valuesWith(text), { noNullPrototype: true }),
    });
  const expectedOf = ({ timeMs, level, logger, msg, stack, fields }: Partial<ParsedEvent>): string => {
    const written = Object.entries(fields ?? {})
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, typeof value === 'number' && !Number.isFinite(value) ? String(value) : value]);
    const time = timeMs === undefined ? OBSERVED : new Date(timeMs).toISOString();
    const parts = { service: 'app', logger, ...Object.fromEntries(written), stack };
    // -0 is written as it is read: 0.
    return `${JSON.stringify({ level, time, ...parts, observed_time: OBSERVED, log_file: '/app.log', msg })}\n`;
  };

  test('for any text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 10 });
    fc.assert(
      fc.property(eventsWith(text), (event) => {
        expect(JSON.parse(write(event).text)).toStrictEqual(JSON.parse(expectedOf(event)));
      }),
      { numRuns: 500 },
    );
  });

  test('to the character, for texts that need no care', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('abc 019-_/:;.,<>[]{}()?&=+%$#@!~')), maxLength: 10 });
    fc.assert(
      fc.property(eventsWith(text), (event) => {
        for (const isPlain of [true, false]) expect(write(event, { isPlain }).text).toBe(expectedOf(event));
      }),
      { numRuns: 500 },
    );
  });
});
