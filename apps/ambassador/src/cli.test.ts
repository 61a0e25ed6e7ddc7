import { expect, test } from 'vitest';
import { parseCommand } from './cli.ts';

test('reads the usual file unless told another', () => {
  expect(parseCommand([])).toStrictEqual({ kind: 'run', configPath: '/etc/ambassador/ambassador.yaml' });
  expect(parseCommand(['--config', 'a.yaml'])).toStrictEqual({ kind: 'run', configPath: 'a.yaml' });
  expect(parseCommand(['--config=a.yaml'])).toStrictEqual({ kind: 'run', configPath: 'a.yaml' });
});

test('knows --help', () => {
  expect(parseCommand(['--help'])).toStrictEqual({ kind: 'help' });
});

test.each([[['--port', '80']], [['a.yaml']], [['--config']]])('refuses %j', (args) => {
  expect(() => parseCommand(args)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
