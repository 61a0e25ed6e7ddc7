import { expect, test } from 'vitest';
import { parseSettings } from './settings.ts';

test('takes what is set, and defaults for the rest', () => {
  expect(parseSettings('a.properties', '# comment\n\nlog.file = /tmp/batch.log\nlog.keep=7\n')).toEqual({
    logFile: '/tmp/batch.log',
    logMaxBytes: 65_536,
    logKeep: 7,
    everySeconds: 5,
    serverPort: 8_080,
  });
});

test.each([
  ['log.fiel=/tmp/x', 'a.properties:2: "log.fiel=/tmp/x" sets none of log.file, '],
  ['nonsense', 'a.properties:2: "nonsense" sets none of '],
  ['log.keep=many', 'a.properties: log.keep must be a whole number from 1 to 99, not "many"'],
  ['log.max-bytes=7', 'a.properties: log.max-bytes must be a whole number from 1024 to 1073741824, not "7"'],
])('refuses %s', (line, message) => {
  expect(() => parseSettings('a.properties', `# first\n${line}\n`)).toThrow(message);
});
