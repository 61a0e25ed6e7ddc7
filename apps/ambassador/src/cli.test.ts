import { expect, test } from 'vitest';
import { HELP, parseCommand } from './cli.ts';

test('reads the usual file unless told another', () => {
  expect(parseCommand([])).toStrictEqual({ kind: 'run', configPath: '/etc/ambassador/ambassador.yaml' });
  expect(parseCommand(['--config', 'a.yaml'])).toStrictEqual({ kind: 'run', configPath: 'a.yaml' });
  expect(parseCommand(['--config=a.yaml'])).toStrictEqual({ kind: 'run', configPath: 'a.yaml' });
});

test('knows its commands, and the help shows each of them', () => {
  expect(parseCommand(['validate', 'a.yaml'])).toStrictEqual({ kind: 'validate', configPath: 'a.yaml' });
  expect(parseCommand(['schema'])).toStrictEqual({ kind: 'schema' });
  for (const word of ['validate FILE', 'schema', '--config FILE', '--help', 'SIGHUP', 'SIGTERM']) {
    expect(HELP).toContain(word);
  }
});

test.each([[['--help']], [['-h']], [['validate', '--help']]])('shows its help on %j', (args) => {
  expect(parseCommand(args)).toStrictEqual({ kind: 'help' });
});

test.each([
  [['--port', '80'], "'--port'"],
  [['a.yaml'], 'no command "a.yaml"'],
  [['--config'], 'argument missing'],
  [['validate'], 'needs the name of a file'],
  [['validate', 'a', 'b'], 'one file'],
  [['validate', 'a', '--config', 'b'], '--config'],
  [['schema', 'a'], 'no arguments'],
])('refuses %j', (args, message) => {
  expect(() => parseCommand(args)).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
  );
});
