/**
 * The frame of every command: options and --help, colours, --json, errors with a remedy, Ctrl-C, exit codes.
 * A command itself is a function from options to a result.
 */
import { styleText } from 'node:util';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';
import { createHost, type Host } from '../host/host.ts';
import { allowClosedReaders } from './closed-readers.ts';
import { parseCommandLine } from './command-line.ts';
import { escapeControls } from './escape-controls.ts';
import { EXIT, exitCodeFor } from './exit-codes.ts';
import { helpText } from './help.ts';
import { createProgress, type Progress } from './progress.ts';

/** What a command is given. */
export interface CommandContext {
  readonly host: Host;
  /** The checkout. */
  readonly root: string;
  /** The switches that were given. */
  readonly options: Readonly<Record<string, boolean>>;
  /** The values of the settings that were given. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** What was given without dashes; undefined where the command takes nothing, or it was left out. */
  readonly argument: string | undefined;
  readonly progress: Progress;
  /** Whether stdout takes colours. */
  readonly hasColour: boolean;
  /** Whether somebody sits there and reads. */
  readonly isInteractive: boolean;
  /** Columns of the terminal, 80 where there is none. */
  readonly columns: number;
  /** Writes to stdout before the result; resolves when it was taken. */
  readonly print: (text: string) => Promise<void>;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
}

/** What a command answers. */
export interface CommandResult {
  /** For `--json`. */
  readonly data: object;
  /** For people. */
  readonly text: string;
  /** 0 unless the answer itself is bad news. */
  readonly exitCode?: number;
}

/** Something that is given a value. */
export interface Parameter {
  /** In capitals, as --help shows it. */
  readonly placeholder: string;
  readonly summary: string;
  /** What the value may be; anything, without it. */
  readonly choices?: readonly string[];
  /** Several values, with commas between them. */
  readonly isList?: boolean;
  /** A shell command that prints what there is, for completion. */
  readonly suggest?: string;
}

export interface Command {
  /** As it is typed after `npm run`. */
  readonly name: string;
  readonly summary: string;
  /** Names of the switches beside --json and --help, with what they do. */
  readonly switches?: Readonly<Record<string, string>>;
  /** Options that take a value, each with what it does. */
  readonly settings?: Readonly<Record<string, Parameter>>;
  /** What may be given without dashes; `isRequired`: must be. */
  readonly argument?: Parameter & { readonly isRequired?: boolean };
  /** Indented lines for --help. */
  readonly examples: readonly string[];
  /** A command that has no `--json` prints its text for programs. */
  readonly hasJson?: boolean;
  /** A command that may go on until Ctrl-C, which is then how it ends well: it returns when the signal aborts. */
  readonly isEndless?: boolean;
  run(context: CommandContext): Promise<CommandResult>;
}

/** A command without what the catalog of commands says of it. */
export type CommandBody = Omit<Command, 'name' | 'summary'>;

/** Of the documents that `--json` prints; docs/json.md says when it is raised. */
const schemaVersion = 1;

/** Runs a command to its end and ends the process. Call it from the command's entry file only. */
export async function runCommand(command: Command, args = process.argv.slice(2)): Promise<never> {
  const interrupt = new AbortController();
  const signalled = (number: number) => () => {
    if (interrupt.signal.aborted) process.exit(128 + number);
    if (command.isEndless !== true) {
      process.stderr.write(
        `\nInterrupted: stopping. What is done stays; npm run ${command.name} goes on from there.\n`,
      );
    }
    interrupt.abort(number);
  };
  process.on('SIGINT', signalled(2));
  process.on('SIGTERM', signalled(15));
  allowClosedReaders();

  const isInteractive = process.stderr.isTTY && process.env['TERM'] !== 'dumb' && !process.env['CI'];
  const progress = createProgress({
    write: (text) => process.stderr.write(text),
    isInteractive,
    columns: process.stderr.columns ?? 80,
    stream: process.stderr,
  });
  let isJson = args.includes('--json');
  try {
    const { options, settings, argument } = parseCommandLine(command, args);
    if (options['help'] === true) return await end(helpText(command), EXIT.ok);
    isJson = options['json'] === true && command.hasJson !== false;
    const result = await command.run({
      host: createHost(process.env, interrupt.signal),
      root: new URL('../..', import.meta.url).pathname,
      options,
      settings,
      argument,
      progress,
      hasColour: styleText('red', 'x', { stream: process.stdout }) !== 'x',
      isInteractive: isInteractive && process.stdout.isTTY,
      columns: process.stdout.columns ?? 80,
      print: write,
      isTerminal: process.stdout.isTTY,
    });
    const exitCode = result.exitCode ?? EXIT.ok;
    const json = { schemaVersion, ok: exitCode === EXIT.ok, exitCode, durations: progress.durations, ...result.data };
    return await end(isJson ? `${JSON.stringify(json, undefined, 2)}\n` : result.text, exitCode);
  } catch (error) {
    if (interrupt.signal.aborted) return process.exit(128 + Number(interrupt.signal.reason));
    const { code, message, remedy } = describeFailure(error);
    const exitCode = exitCodeFor(code);
    process.exitCode = exitCode;
    const label = styleText('red', 'error', { stream: process.stderr });
    process.stderr.write(
      `\n${label} ${code}: ${escapeControls(message)}\n${remedy ? `  → ${escapeControls(remedy)}\n` : ''}`,
    );
    const json = {
      schemaVersion,
      ok: false,
      exitCode,
      durations: progress.durations,
      error: { code, message, remedy },
    };
    return await end(isJson ? `${JSON.stringify(json, undefined, 2)}\n` : '', exitCode);
  }
}

function describeFailure(error: unknown): { code: string; message: string; remedy: string } {
  if (error instanceof AppError) {
    const cause = error.cause === undefined ? '' : ` (${describeError(error.cause)})`;
    return {
      code: error.code,
      message: error.message.includes(describeError(error.cause)) ? error.message : error.message + cause,
      remedy: error.remedy,
    };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: 'UNEXPECTED',
    message: text,
    remedy: 'This is a fault of the kit: please report it with the lines above.',
  };
}

/** Ends only after everything was written: stdout may be a slow pipe. */
async function end(output: string, exitCode: number): Promise<never> {
  process.exitCode = exitCode;
  await write(output);
  return process.exit();
}

function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
