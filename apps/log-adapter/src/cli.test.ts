import { expect, test } from 'vitest';
import { parseCommandLine } from './cli.ts';

test.each([
  [[], { configFile: '/etc/log-adapter/log-adapter.yaml' }],
  [['--config', '/a.yaml'], { configFile: '/a.yaml' }],
  [['--config=/a.yaml'], { configFile: '/a.yaml' }],
  [['--config', '/a.yaml', '--help'], { help: true }],
])('%j', (args, command) => {
  expect(parseCommandLine(args)).toStrictEqual(command);
});

test.each([[['--verbose']], [['file.yaml']], [['--config']], [['-c', 'x']]])('%j is a fault', (args) => {
  expect(parseCommandLine(args)).toHaveProperty('fault');
});
