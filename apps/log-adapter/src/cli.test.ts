import { expect, test } from 'vitest';
import { parseCommandLine } from './cli.ts';

test.each([
  [[], { command: 'run', configFile: '/etc/log-adapter/log-adapter.yaml' }],
  [['--config', '/a.yaml'], { command: 'run', configFile: '/a.yaml' }],
  [['--config=/a.yaml'], { command: 'run', configFile: '/a.yaml' }],
  [['--config', '/a.yaml', '--help'], { command: 'help' }],
  [['validate', 'a.yaml'], { command: 'validate', configFile: 'a.yaml' }],
  [['explain', 'a.yaml'], { command: 'explain', configFile: 'a.yaml', input: '0' }],
  [['explain', 'a.yaml', '--input', 'web'], { command: 'explain', configFile: 'a.yaml', input: 'web' }],
  [['schema'], { command: 'schema' }],
])('%j', (args, command) => {
  expect(parseCommandLine(args)).toStrictEqual(command);
});

test.each([
  [['--verbose'], "Unknown option '--verbose'"],
  [['file.yaml'], 'there is no command "file.yaml"'],
  [['--config'], 'argument missing'],
  [['-c', 'x'], "Unknown option '-c'"],
  [['validate'], 'validate needs the name of a file'],
  [['validate', 'a', 'b'], 'what is "b" for?'],
  [['validate', 'a', '--config', 'b'], '--config is of no use with validate'],
  [['--input', '1'], '--input is of no use with run'],
  [['schema', 'a'], 'what is "a" for?'],
])('%j is a fault: %s', (args, fault) => {
  expect(parseCommandLine(args)).toMatchObject({ command: 'fault', fault: expect.stringContaining(fault) });
});
