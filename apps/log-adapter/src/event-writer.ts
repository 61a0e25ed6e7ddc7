/** Writes events through pino, in the log schema of the kit, with the time and the level that each event brought. */
import { pino, type DestinationStream } from 'pino';
import type { Fields } from './field-values.ts';
import type { ParsedEvent } from './parse-event.ts';

/** Where an event comes from, and what happened to it on the way. */
export interface EventOrigin {
  readonly service: string;
  readonly logFile: string;
  readonly observedMs: number;
  readonly isTruncated: boolean;
  readonly isPartial: boolean;
}

export type WriteEvent = (event: ParsedEvent, origin: EventOrigin) => void;

/**
 * Characters that are allowed in JSON but not harmless on a terminal: DEL, the C1 controls (one of them begins escape
 * sequences), and those that turn the direction of the text. They are only ever inside of strings.
 */
// oxlint-disable-next-line no-control-regex, no-misleading-character-class
const HARMFUL = /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

export function createEventWriter(destination: DestinationStream): WriteEvent {
  const logger = pino(
    {
      level: 'trace',
      base: null,
      timestamp: false,
      formatters: {
        level: (label) => ({ level: label }),
        // The fields come in an envelope, because pino looks into an object for `err`, `method`, `headers` and the like.
        log: (envelope) => envelope['fields'] as Fields,
      },
      hooks: { streamWrite: (line) => line.replaceAll(HARMFUL, escapeCharacter) },
    },
    destination,
  );
  return (event, origin) => logger[event.level]({ fields: toFields(event, origin) }, event.msg);
}

function toFields(event: ParsedEvent, origin: EventOrigin): Fields {
  const observedTime = new Date(origin.observedMs).toISOString();
  return {
    time: event.timeMs === undefined ? observedTime : new Date(event.timeMs).toISOString(),
    service: origin.service,
    logger: event.logger,
    ...event.fields,
    stack: event.stack,
    parse_error: event.error,
    truncated: origin.isTruncated || undefined,
    partial: origin.isPartial || undefined,
    observed_time: observedTime,
    log_file: origin.logFile,
  };
}

function escapeCharacter(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
