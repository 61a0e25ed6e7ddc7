/** What was typed after a command's name, as the command describes it. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';
import type { Command } from './command.ts';

export interface CommandLine {
  readonly options: Record<string, boolean>;
  readonly settings: Record<string, string>;
  readonly argument: string | undefined;
}

/** Throws USAGE with the word that is not understood, and what there is instead. */
export function parseCommandLine(command: Command, args: string[]): CommandLine {
  const switches = [...(command.hasJson === false ? [] : ['json']), 'help', ...Object.keys(command.switches ?? {})];
  const settings = Object.keys(command.settings ?? {});
  const options: ParseArgsOptionsConfig = {
    ...Object.fromEntries(switches.map((name) => [name, { type: 'boolean' }])),
    ...Object.fromEntries(settings.map((name) => [name, { type: 'string' }])),
    help: { type: 'boolean', short: 'h' },
  };
  const remedy = `Options follow two dashes. All of them: npm run ${command.name} -- --help`;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: command.argument !== undefined });
    const entries = Object.entries(values);
    const line = {
      options: Object.fromEntries(entries.filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean')),
      settings: Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
      argument: positionals[0],
    };
    if (line.options['help'] !== true) checkArgument(command, positionals);
    return line;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('USAGE', describeError(error).split('. ')[0] ?? '', remedy);
  }
}

function checkArgument({ name, argument }: Command, [given, surplus]: readonly string[]): void {
  if (argument === undefined) return;
  const { placeholder, choices, isRequired } = argument;
  const known = choices === undefined ? '' : ` One of: ${choices.join(', ')}.`;
  if (surplus !== undefined) throw new AppError('USAGE', `"${surplus}" is one too many`, `Give one ${placeholder}.`);
  if (given === undefined && isRequired === true) {
    throw new AppError('USAGE', `${placeholder} is missing`, `npm run ${name} -- ${placeholder}.${known}`);
  }
  if (given !== undefined && choices?.includes(given) === false) {
    throw new AppError('USAGE', `there is no ${placeholder} "${given}"`, known.trim());
  }
}
