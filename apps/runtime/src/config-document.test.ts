import { expect, test } from 'vitest';
import { formatPath, readDocument, valueAt } from './config-document.ts';

const TEXT = `# a comment
listeners:
  - port: 80
    names: [a,
      b]
usual: &usual
  port: 1
other: *usual
`;

test.each([
  [[], 2],
  [['listeners'], 2],
  [['listeners', 0], 3],
  [['listeners', 0, 'names'], 4],
  [['listeners', 0, 'names', 1], 5],
  [['other'], 8],
  [['other', 'port'], 7],
  [['none'], undefined],
  [['listeners', 1], undefined],
  [['listeners', 0, 'port', 'deeper'], undefined],
])('%j is on line %j', (path, line) => {
  expect(readDocument(TEXT).lineOf(path)).toBe(line);
});

test('the value is there beside the lines', () => {
  const { value } = readDocument(TEXT);
  expect(valueAt(value, ['listeners', 0, 'names', 1])).toBe('b');
  expect(valueAt(value, ['listeners', 'toString'])).toBeUndefined();
  expect(valueAt(value, ['listeners', 0, 'port', 'deeper'])).toBeUndefined();
});

test('an empty text is YAML, and has no lines', () => {
  const document = readDocument('');
  expect([document.value, document.lineOf(['a'])]).toStrictEqual([null, undefined]);
});

test.each([
  ['not YAML', 'a: [', /line 1/],
  ['the same key twice', 'a: 1\na: 2\n', /unique.*line 2/s],
  ['two documents', 'a: 1\n---\nb: 2\n', /multiple documents/],
  [
    'aliases that multiply',
    `a: &a [x,x,x,x]\nb: &b [${Array(20).fill('*a').join()}]\nc: [${Array(20).fill('*b').join()}]\n`,
    /alias/,
  ],
])('a text with %s is an error', (_what, text, message) => {
  expect(() => readDocument(text)).toThrow(message);
});

test('a path is written as in code', () => {
  expect(formatPath(['listeners', 0, 'set', 'X-A'])).toBe('listeners[0].set.X-A');
  expect(formatPath(['upstreams', 'a.b', 'port'])).toBe('upstreams["a.b"].port');
});
