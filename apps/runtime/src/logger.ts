/**
 * The one log format of the kit: a JSON object a line with `time` (RFC 3339, UTC), `level` (a word), `service` and
 * `msg`, so that the lines of all containers can be read, searched and joined as one stream.
 */
import { pino, type DestinationStream, type Logger } from 'pino';
import { toPlainJson } from './plain-json.ts';

export type { Logger };

export interface LoggerOptions {
  /** Name of the program, in the field `service` of every line. */
  readonly service: string;
  /** The least severe level to print: trace, debug, info, warn, error or fatal. */
  readonly level?: string;
  /** Where the lines go; stdout unless told. */
  readonly destination?: DestinationStream;
}

/** A pino logger that writes the kit's log schema. */
export function createLogger({ service, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    // What others have named, files and branches and servers, is in it.
    hooks: { streamWrite: toPlainJson },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
