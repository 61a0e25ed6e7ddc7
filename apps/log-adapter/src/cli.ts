/** The command line. */
import { parseArgs } from 'node:util';

const DEFAULT_CONFIG_FILE = '/etc/log-adapter/log-adapter.yaml';

export const USAGE = `usage: log-adapter [--config FILE]
       log-adapter validate FILE
       log-adapter explain FILE [--input NAME|INDEX] < sample.log
       log-adapter schema

Follows the logs named in FILE, writes each event as one JSON object a line to stdout, and serves probes and metrics.

  validate        says whether FILE can be used, and if not, why
  explain         says for each event of stdin what it becomes, and why a parser does not take it
  schema          prints the JSON Schema of FILE
  --config FILE   the configuration (default: ${DEFAULT_CONFIG_FILE})
  --input INPUT   the input whose configuration is used, by its name or its place in the file (default: 0, the first)
  --help          print this and end
`;

export type Command =
  | { readonly command: 'run'; readonly configFile: string }
  | { readonly command: 'validate'; readonly configFile: string }
  | { readonly command: 'explain'; readonly configFile: string; readonly input: string }
  | { readonly command: 'schema' }
  | { readonly command: 'help' }
  | { readonly command: 'fault'; readonly fault: string };

export function parseCommandLine(args: readonly string[]): Command {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        input: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { command: 'help' };
    return readCommand(positionals, values);
  } catch (error) {
    return { command: 'fault', fault: (error as Error).message };
  }
}

/** Throws an Error that says what is wrong. */
function readCommand(
  [name = 'run', ...operands]: readonly string[],
  { config, input }: { readonly config?: string | undefined; readonly input?: string | undefined },
): Command {
  const refuse = (option: string, value: string | undefined): void => {
    if (value !== undefined) throw new Error(`${option} is of no use with ${name}`);
  };
  if (name !== 'explain') refuse('--input', input);
  if (name !== 'run') refuse('--config', config);
  const isWithFile = name === 'validate' || name === 'explain';
  const [file] = operands;
  if (isWithFile && file === undefined) throw new Error(`${name} needs the name of a file`);
  if (operands.length > (isWithFile ? 1 : 0)) throw new Error(`what is "${operands.at(-1)}" for?`);
  switch (name) {
    case 'run':
      return { command: 'run', configFile: config ?? DEFAULT_CONFIG_FILE };
    case 'validate':
      return { command: 'validate', configFile: file ?? '' };
    case 'explain':
      return { command: 'explain', configFile: file ?? '', input: input ?? '0' };
    case 'schema':
      return { command: 'schema' };
    default:
      throw new Error(`there is no command "${name}"`);
  }
}
