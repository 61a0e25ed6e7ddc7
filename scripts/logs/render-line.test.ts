import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { LogLine } from './log-line.ts';
import { createRenderer } from './render-line.ts';

const source = { pattern: 'combined', pod: 'combined-7f-x2x4q', container: 'nginx' };
const line = (text: string, parts: Partial<LogLine> = {}): LogLine => ({
  source,
  time: '2026-11-27T23:25:49.123456789Z',
  text,
  ...parts,
});
const render = (...lines: LogLine[]) => lines.map(createRenderer({ hasColour: false, sources: [] })).join('');

test('a plain line has the container and the time in front', () => {
  expect(render(line('hello'))).toBe('nginx │ 23:25:49.123 hello\n');
});

test('a JSON line is shown as words: time, level, message, then the other values', () => {
  const text = JSON.stringify({
    time: '2026-11-27T23:25:48.5Z',
    level: 'warn',
    service: 'nginx',
    msg: 'request',
    http: { status: 502, path: '/a b' },
    empty: '',
    tags: ['a'],
  });
  expect(render(line(text))).toBe(
    'nginx │ 23:25:48.500 warn  request http.status=502 http.path="/a b" empty="" tags=["a"]\n',
  );
});

test('a value of several lines stands below, each line with its container', () => {
  const text = JSON.stringify({ msg: 'failed', err: { stack: 'Error: x\n    at a.ts:1' } });
  expect(render(line(text))).toBe(
    'nginx │ 23:25:49.123 failed\nnginx │   err.stack:\nnginx │     Error: x\nnginx │         at a.ts:1\n',
  );
});

test.each([
  ['\u001B[2J\u001B[31mred\u0007', '\\x1b[2J\\x1b[31mred\\x07'],
  ['a\rforged', 'a\\x0dforged'],
  ['\u202Efdp.exe', '\\u202efdp.exe'],
  [JSON.stringify({ msg: '\u001B]0;title\u0007' }), '\\x1b]0;title\\x07'],
  [JSON.stringify({ msg: 'one\ntwo │ forged' }), 'one\\ntwo │ forged'],
  [JSON.stringify({ 'k\u001B[1m\n': 1 }), 'k\\x1b[1m\\n=1'],
  [JSON.stringify({ level: '\u001B[2J' }), '\\x1b[2J'],
])('what would control the terminal is shown instead: %j', (text, expected) => {
  const shown = render(line(text));
  expect(shown.trimEnd()).toBe(`nginx │ 23:25:49.123 ${expected}`);
});

test.each(['{', '{"a":', '[1]', 'null', '{}'])('what only looks like an object of JSON does no harm: %s', (text) => {
  expect(render(line(text)).startsWith('nginx │ 23:25:49.123')).toBe(true);
});

test('each container keeps one colour, and lines of two Pods of one pattern are told apart', () => {
  const renderer = createRenderer({
    hasColour: true,
    sources: [source, { pattern: 'sidecar', pod: 'sidecar-1', container: 'nginx' }],
  });
  const other = { ...source, container: 'legacy-app' };
  const shown = [line('1'), line('2', { source: other }), line('3')].map(renderer);
  const colourOf = (text: string | undefined) => text?.slice(0, text.indexOf('m'));
  expect(colourOf(shown[0])).not.toBe(colourOf(shown[1]));
  expect(colourOf(shown[2])).toBe(colourOf(shown[0]));
  const replaced = renderer(line('4', { source: { ...source, pod: 'combined-7f-zzzzz' } }));
  expect(colourOf(replaced)).toBe(colourOf(shown[0]));
  expect(stripVTControlCharacters(replaced)).toMatch(/^combined\/nginx zzzzz +│/);
});
