/** The command line: one option. */
import { parseArgs } from 'node:util';

export const USAGE = `usage: log-adapter [--config FILE]

Follows the logs named in FILE, writes each event as one JSON object a line to stdout, and serves probes and metrics.

  --config FILE   the configuration (default: /etc/log-adapter/log-adapter.yaml)
  --help          print this and end
`;

export type Command = { readonly configFile: string } | { readonly help: true } | { readonly fault: string };

export function parseCommandLine(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string', default: '/etc/log-adapter/log-adapter.yaml' },
        help: { type: 'boolean', default: false },
      },
    });
    return values.help ? { help: true } : { configFile: values.config };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}
