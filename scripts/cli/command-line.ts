/** What was typed after a command's name, as the command describes it. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';
import type { Command, Parameter } from './command.ts';

export interface CommandLine {
  readonly options: Record<string, boolean>;
  readonly settings: Record<string, string>;
  readonly argument: string | undefined;
}

/** Whether there is a `--json`. */
export function hasJson(command: Pick<Command, 'hasJson'>): boolean {
  return command.hasJson !== false;
}

/** Throws USAGE with the word that is not understood, and what there is instead. */
export function parseCommandLine(command: Command, args: string[]): CommandLine {
  const switches = [...(hasJson(command) ? ['json'] : []), 'help', ...Object.keys(command.switches ?? {})];
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
    if (line.options['help'] !== true) {
      checkArgument(command, positionals);
      for (const [name, value] of Object.entries(line.settings)) checkSetting(command, name, value);
    }
    return line;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('USAGE', describeError(error).split('. ')[0] ?? '', remedy);
  }
}

function checkArgument({ name, argument }: Command, [given, surplus]: readonly string[]): void {
  if (argument === undefined) return;
  const { placeholder, isRequired } = argument;
  if (surplus !== undefined) throw new AppError('USAGE', `"${surplus}" is one too many`, `Give one ${placeholder}.`);
  if (given !== undefined) return checkChoice(argument, given);
  if (isRequired !== true) return;
  throw new AppError('USAGE', `${placeholder} is missing`, `npm run ${name} -- ${placeholder}. ${choicesOf(argument)}`);
}

function checkSetting({ settings = {} }: Command, name: string, value: string): void {
  const setting = settings[name];
  if (setting === undefined) return;
  if (value === '') {
    throw new AppError('USAGE', `--${name} has no value`, `Give it one: --${name} ${setting.placeholder}`);
  }
  for (const part of setting.isList === true ? value.split(',') : [value]) checkChoice(setting, part);
}

function checkChoice(parameter: Parameter, given: string): void {
  if (parameter.choices?.includes(given) !== false) return;
  throw new AppError('USAGE', `there is no ${parameter.placeholder} "${given}"`, choicesOf(parameter));
}

function choicesOf({ choices }: Parameter): string {
  return choices === undefined ? '' : `One of: ${choices.join(', ')}.`;
}
