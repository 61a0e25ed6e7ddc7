/** The command line. */
import { parseArgs } from 'node:util';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';

const DEFAULT_CONFIG_PATH = '/etc/ambassador/ambassador.yaml';

export const HELP = `Usage: ambassador [--config FILE]
       ambassador validate FILE
       ambassador schema

A reverse proxy for one Pod: it listens where others look, and passes requests on to where the app, or the service
that the app needs, really is.

  --config FILE   serve as this file says (${DEFAULT_CONFIG_PATH});
                  it is read again whenever it changes, and on SIGHUP
  validate FILE   say what the file would do, or each fault in it with its line, its value and the remedy
  schema          print the JSON Schema of the file, for editors
  --help          this text

Signals: SIGHUP reads the file again. SIGTERM and SIGINT finish what is in flight, then end; a second one ends at once.
Exit codes: 0 an orderly end, or a valid file; 1 it cannot start, or the file is not valid; 2 wrong arguments.
`;

export type Command =
  | { readonly kind: 'help' | 'schema' }
  | { readonly kind: 'run' | 'validate'; readonly configPath: string };

/** Reads the arguments; an AppError `USAGE` says which one is not known, or what is missing. */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  if (values.help === true) return { kind: 'help' };
  const [name, ...rest] = positionals;
  if (name === undefined) return { kind: 'run', configPath: values.config ?? DEFAULT_CONFIG_PATH };
  if (name !== 'validate' && name !== 'schema') throw usage(`there is no command "${name}"`);
  if (values.config !== undefined) throw usage(`"${name}" does not take --config`);
  const [configPath, ...more] = rest;
  if (name === 'schema') {
    if (configPath !== undefined) throw usage(`"schema" takes no arguments, and there is "${configPath}"`);
    return { kind: 'schema' };
  }
  if (configPath === undefined) throw usage('"validate" needs the name of a file');
  if (more.length > 0) throw usage(`"validate" takes one file, and there are ${rest.length}`);
  return { kind: 'validate', configPath };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw usage(describeError(error), { cause: error });
  }
}

function usage(message: string, options?: ErrorOptions): AppError {
  return new AppError('USAGE', message, 'See ambassador --help.', options);
}
