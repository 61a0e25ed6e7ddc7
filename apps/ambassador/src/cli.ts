/** The command line. */
import { parseArgs } from 'node:util';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';

const DEFAULT_CONFIG_PATH = '/etc/ambassador/ambassador.yaml';

export const HELP = `Usage: ambassador [--config FILE]

A reverse proxy for one Pod: it listens where others look, and passes requests on to where the app, or the service
that the app needs, really is. The file is read again whenever it changes, and on SIGHUP.

  --config FILE  the configuration file (${DEFAULT_CONFIG_PATH})
  --help         this text
`;

export type Command = { readonly kind: 'help' } | { readonly kind: 'run'; readonly configPath: string };

/** Reads the arguments; an AppError `USAGE` says which one is not known. */
export function parseCommand(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { config: { type: 'string', default: DEFAULT_CONFIG_PATH }, help: { type: 'boolean', default: false } },
    });
    return values.help ? { kind: 'help' } : { kind: 'run', configPath: values.config };
  } catch (error) {
    throw new AppError('USAGE', describeError(error), 'See ambassador --help.', { cause: error });
  }
}
