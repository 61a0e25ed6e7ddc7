import { expect, test } from 'vitest';
import { createEventWriter, type EventOrigin } from './event-writer.ts';
import type { ParsedEvent } from './parse-event.ts';

const OBSERVED = '2026-11-23T22:34:29.000Z';

function write(event: Partial<ParsedEvent>, origin: Partial<EventOrigin> = {}): { text: string; line: unknown } {
  let text = '';
  const writeEvent = createEventWriter({ write: (line) => void (text += line) });
  writeEvent(
    { level: 'info', msg: 'hello', badFields: 0, ...event, fields: event.fields ?? {} },
    {
      service: 'app',
      logFile: '/app.log',
      observedMs: Date.parse(OBSERVED),
      isTruncated: false,
      isPartial: false,
      ...origin,
    },
  );
  return { text, line: JSON.parse(text) };
}

test('writes one line with the time and the level of the event', () => {
  const timeMs = Date.parse('2026-11-23T22:34:28.123Z');
  const { text, line } = write({ timeMs, level: 'error', logger: 'db', stack: '  at x', fields: { http_status: 500 } });
  expect(line).toStrictEqual({
    level: 'error',
    time: '2026-11-23T22:34:28.123Z',
    service: 'app',
    logger: 'db',
    http_status: 500,
    stack: '  at x',
    observed_time: OBSERVED,
    log_file: '/app.log',
    msg: 'hello',
  });
  expect(text.indexOf('\n')).toBe(text.length - 1);
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

test('fields that pino would treat in its own way are fields like others', () => {
  const fields = { err: 'e', error: 'e2', method: 'GET', headers: 'h', socket: 's', req: 'r', res: 'r', pid: '1' };
  expect(write({ fields }).line).toMatchObject(fields);
});

test.each([
  ['a message of several lines', 'one\ntwo\r\n{"level":"fatal","msg":"forged"}'],
  ['formats', '%s %d %j %o %%'],
  ['terminal controls', '\u001B[2J\u0007\u0000\u007F\u009B31m'],
  ['turned text and other line ends', '\u202Egnp.exe\u2066\u2028\u2029\u0085'],
  ['half a character', 'a\uD83D b'],
])('%s stays one line, comes out as it was, and does nothing to a terminal', (_what, msg) => {
  const { text, line } = write({ msg, fields: { copy: msg } });
  expect(line).toMatchObject({ msg, copy: msg });
  expect(text.indexOf('\n')).toBe(text.length - 1);
  // oxlint-disable-next-line no-control-regex
  expect(text.slice(0, -1)).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/);
});

test.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)('writes %s', (level) => {
  expect(write({ level }).line).toMatchObject({ level });
});
