import { expect, test } from 'vitest';
import { createCriBorders } from './parse-cri.ts';
import { createTransform } from './transform.ts';
import { ORIGIN, parse, parseWith, readConfig } from './parse-test-support.ts';

const TIME = '2026-11-23T22:34:28.123456789Z';
const line = (stream: string, tag: string, text: string): string => `${TIME} ${stream} ${tag} ${text}`;

test('reads the time, the stream and the text', () => {
  expect(parse(line('stderr', 'F', ' hello '), '{ type: cri }')).toMatchObject({
    timeMs: Date.parse('2026-11-23T22:34:28.123Z'),
    level: 'info',
    msg: ' hello',
    fields: { stream: 'stderr' },
  });
});

test('reads the text with parsers of its own, whose time comes first', () => {
  const text = line('stdout', 'F', '{"time":"2026-11-23T22:34:27Z","level":"warn","msg":"hello","stream":"forged"}');
  expect(parse(text, '{ type: cri, parsers: [{ type: json }] }')).toMatchObject({
    timeMs: Date.parse('2026-11-23T22:34:27Z'),
    level: 'warn',
    msg: 'hello',
    fields: { stream: 'stdout' },
  });
});

test('joins the parts of a line, and keeps lines apart', () => {
  const lines = [line('stdout', 'P', 'one '), line('stdout', 'F', 'two'), line('stdout', 'F', '  at three')];
  expect(parse(lines.join('\n'), '{ type: cri }').msg).toBe('one two\n  at three');
});

test('parts of two streams that stand between each other are two events', () => {
  const lines = [line('stdout', 'P', 'one '), line('stderr', 'F', 'other'), line('stdout', 'F', 'two')];
  const config = readConfig('[{ type: cri }]');
  const [input] = config.inputs;
  const text = input && createTransform(input, { config, resources: new Map() }).write(lines, ORIGIN);
  const output = (text ?? '')
    .trimEnd()
    .split('\n')
    .map((json) => JSON.parse(json) as Record<string, unknown>);
  expect(output.map((event) => [event['msg'], event['stream']])).toStrictEqual([
    ['one two', 'stdout'],
    ['other', 'stderr'],
  ]);
});

test.each([
  ['hello', 'no_match'],
  ['yesterday stdout F hello', 'bad_time'],
])('says why a line does not fit: %s', (text, reason) => {
  expect(parseWith('{ type: cri }', text)).toMatchObject({ reason });
});

test('an event begins where no line is open and the text of the program begins one', () => {
  const lines = [
    line('stdout', 'F', 'a start'),
    line('stdout', 'P', 'no start'),
    line('stderr', 'F', 'start between'),
    line('stdout', 'F', 'start'),
    line('stdout', 'F', 'more'),
    line('stdout', 'F', 'a start'),
  ];
  const starts = (rule?: Parameters<typeof createCriBorders>[0]) => {
    const borders = createCriBorders(rule);
    return lines.map((text) => borders.test(text));
  };
  expect(starts()).toStrictEqual([true, true, false, false, true, true]);
  expect(starts({ start: /start/ })).toStrictEqual([true, true, false, false, false, true]);
  expect(starts({ continue: /^more/ })).toStrictEqual([true, true, false, false, false, true]);
});
