#!/usr/bin/env node
/** The command line: `npx pod-patterns COMMAND`; `npm run COMMAND` is the same. */
import { allowClosedReaders } from './cli/closed-readers.ts';
import { runCommand } from './cli/command.ts';
import { EXIT } from './cli/exit-codes.ts';
import { COMMANDS } from './commands/catalog.ts';

const [name, ...args] = process.argv.slice(2);
const entry = COMMANDS.find((candidate) => candidate.name === name);
if (entry !== undefined) {
  const { command } = await entry.load();
  await runCommand({ ...entry, ...command }, args);
} else {
  allowClosedReaders();
  if (name === '--help' || name === '-h') {
    process.stdout.write(overview());
  } else {
    process.exitCode = EXIT.usage;
    process.stderr.write(
      `${name === undefined ? 'A command is missing.' : `There is no command "${name}".`}\n\n${overview()}`,
    );
  }
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length)) + 2;
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(width)}${command.summary}`);
  return `Usage: npx pod-patterns COMMAND [OPTIONS]\n\n${lines.join('\n')}\n\nnpx pod-patterns COMMAND --help says more of each.\n`;
}
