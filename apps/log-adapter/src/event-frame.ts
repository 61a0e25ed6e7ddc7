/** What stands around the fields of an event, and before each of them: made once for all events of an input. */
import { quote } from './json-text.ts';
import { LEVELS, type Level } from './levels.ts';
import { fieldNameIn, resourceNameIn, type SchemaName } from './output-schema.ts';
import type { Redactor } from './redactor.ts';

export interface EventWriterOptions {
  readonly schema: SchemaName;
  readonly service: string;
  /** What is known of the Pod, by name. */
  readonly resources: ReadonlyMap<string, string>;
  readonly redactor: Redactor | undefined;
}

/**
 * How a field begins: `,"http_status":`. A text that needs no care is written without its last quotation mark, because
 * the fewer pieces the line is put together from, the faster: so there is one beginning after such a text, and one
 * after any other value, each also with the first quotation mark of the next.
 */
export interface FieldHead {
  readonly texts: readonly [plain: string, quoted: string, plainAfterOpen: string, quotedAfterOpen: string];
  readonly isSecret: boolean;
}

/** Where in the beginnings those are that close the text before them. */
export const AFTER_OPEN = 2;

const MAX_KNOWN_FIELDS = 1_000;

/** How each field begins; the same few come again and again. */
export function createFieldHeads({ schema, resources, redactor }: EventWriterOptions): (field: string) => FieldHead {
  const heads = new Map<string, FieldHead>();
  const make = (field: string): FieldHead => {
    // What the adapter knows itself cannot be said by a log.
    const name = resources.has(field) ? `field_${field}` : field;
    const text = `,${quote(fieldNameIn(schema, name))}:`;
    const head: FieldHead = {
      texts: [text, `${text}"`, `"${text}`, `"${text}"`],
      isSecret: redactor !== undefined && redactor.isSecretName(field),
    };
    if (heads.size < MAX_KNOWN_FIELDS) heads.set(field, head);
    return head;
  };
  return (field) => heads.get(field) ?? make(field);
}

const NAMES = {
  flat: { level: 'level', time: 'time', observed: 'observed_time', msg: 'msg', more: '' },
  ecs: {
    level: 'log.level',
    time: '@timestamp',
    observed: 'event.ingested',
    msg: 'message',
    more: ',"ecs.version":"8.11.0"',
  },
} as const;

/** An event is: a start, its time, what is after the time, its fields, an end, and its message with `"}`. */
export interface EventFrame {
  readonly starts: Readonly<Record<Level, string>>;
  readonly afterTime: string;
  /** For the time of reading and the file, which are the same for many events. */
  readonly endOf: (observed: string, file: string) => string;
}

export function createEventFrame(options: EventWriterOptions & { readonly schema: 'flat' | 'ecs' }): EventFrame {
  const { schema } = options;
  const names = NAMES[schema];
  const logFile = quote(fieldNameIn(schema, 'log_file'));
  let [lastObserved, lastFile, last] = ['', '', ''];
  return {
    starts: perLevel((level) => `{"${names.level}":"${level}","${names.time}":"`),
    afterTime: `"${names.more},${resourcesOf(options)}`,
    endOf(observed, file) {
      if (observed !== lastObserved || file !== lastFile) {
        // Joined, so that it is one piece.
        last = [`,"${names.observed}":"`, observed, `",${logFile}:`, quote(file), `,"${names.msg}":"`].join('');
        lastObserved = observed;
        lastFile = file;
      }
      return last;
    },
  };
}

/** The service and what is known of the Pod, as properties of JSON. */
export function resourcesOf({ schema, service, resources, redactor }: EventWriterOptions): string {
  const all = new Map([['service', service], ...resources]);
  const texts = Array.from(all, ([name, value]) => {
    const clean = redactor === undefined ? value : redactor.valueOf(name, value);
    return `${quote(resourceNameIn(schema, name))}:${quote(clean)}`;
  });
  return texts.join(',');
}

export function perLevel<Value>(make: (level: Level) => Value): Readonly<Record<Level, Value>> {
  return Object.fromEntries(LEVELS.map((level) => [level, make(level)])) as Record<Level, Value>;
}
