/** `npx pod-patterns completion SHELL`: the script that completes commands, options and their values. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { Command, CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { bashCompletion } from '../cli/completion/bash.ts';
import { zshCompletion } from '../cli/completion/zsh.ts';
import { COMMANDS } from './catalog.ts';

const SHELLS: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
};

/** The script for that shell; it has everything that the commands' own --help has. */
export async function writeCompletion(shell: string): Promise<string> {
  const write = SHELLS[shell];
  if (write === undefined) throw new AppError('USAGE', `there is no SHELL "${shell}"`, 'One of: bash, zsh.');
  const commands = COMMANDS.map(async (entry) => ({ ...entry, ...(await entry.load()).command }));
  return write(await Promise.all(commands));
}

async function completion({ argument = '' }: CommandContext): Promise<CommandResult> {
  return { data: {}, text: await writeCompletion(argument) };
}

export const command: CommandBody = {
  hasJson: false,
  argument: { placeholder: 'SHELL', summary: 'the shell', choices: Object.keys(SHELLS), isRequired: true },
  examples: ['source <(npx pod-patterns completion bash)', 'source <(npx pod-patterns completion zsh)'],
  run: completion,
};
