/** The configuration file: which logs to follow, how their events are to be read, and what is to come out. */
import * as z from 'zod';
import { Parser } from './config-parsers.ts';
import { FieldName, FullPath, patternWith } from './config-values.ts';

const SOURCES = ['path', 'paths', 'stdin', 'fifo'] as const;

const Multiline = z
  .strictObject({
    start: patternWith().optional(),
    continue: patternWith().optional(),
    timeoutMs: z.int().min(10).max(60_000).default(1_000),
  })
  .refine((rule) => (rule.start === undefined) !== (rule.continue === undefined), 'expected either start or continue');

const Input = z
  .strictObject({
    /** What it is called in metrics and messages. */
    name: z.string().min(1).max(200).optional(),
    path: FullPath.optional(),
    paths: z.array(FullPath).min(1).max(64).optional(),
    stdin: z.literal(true).optional(),
    fifo: FullPath.optional(),
    exclude: z.array(z.string().min(1)).max(64).default([]),
    startAt: z.enum(['beginning', 'end']).default('beginning'),
    encoding: z.enum(['utf-8', 'utf-16le', 'latin1']).default('utf-8'),
    service: z.string().min(1),
    multiline: Multiline.optional(),
    maxEventBytes: z.int().min(1_024).max(1_048_576).default(65_536),
    parser: Parser.optional(),
    parsers: z.array(Parser).min(1).max(8).optional(),
  })
  .superRefine((input, context) => {
    const given = SOURCES.filter((source) => input[source] !== undefined);
    const fault = (message: string) => context.addIssue({ code: 'custom', message });
    if (given.length !== 1) fault(`expected one of ${SOURCES.join(', ')}, found ${given.join(' and ') || 'none'}`);
    if (input.parser !== undefined && input.parsers !== undefined) fault('expected either parser or parsers');
  })
  .transform(({ path, paths, parser, parsers, ...input }) => ({
    ...input,
    name: input.name ?? path ?? paths?.join(' ') ?? input.fifo ?? 'stdin',
    path,
    /** The files, or patterns of their names, whether one was given or several; none for a stream. */
    paths: paths ?? (path === undefined ? [] : [path]),
    /** Tried in this order; the first that fits is taken. */
    parsers: parsers ?? (parser === undefined ? [] : [parser]),
  }));

/** Metrics of the adapter and of its runtime begin like this. */
const FOREIGN_METRICS = /^(?:log_adapter|process|nodejs)_/;

const DerivedMetric = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/, 'expected the name of a metric: letters, digits and _')
      .refine((name) => !FOREIGN_METRICS.test(name), 'log_adapter_, process_ and nodejs_ are taken'),
    type: z.enum(['counter', 'histogram', 'gauge']),
    help: z.string().min(1).optional(),
    field: z.string().optional(),
    labels: z
      .array(
        z
          .string()
          .regex(/^[a-z][a-z0-9_]*$/, 'expected the name of a field')
          .refine((name) => name !== 'le'),
      )
      .max(8)
      .default([]),
    match: z.record(z.string(), patternWith()).default({}),
    buckets: z.array(z.number()).min(1).max(50).optional(),
    maxSeries: z.int().min(1).max(10_000).default(500),
  })
  .superRefine(({ type, name, field, buckets }, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (type === 'counter' && !name.endsWith('_total')) fault('name', 'the name of a counter ends with _total');
    if (type !== 'counter' && field === undefined) fault('field', `needed, because a ${type} is made of values`);
    if (type !== 'histogram' && buckets !== undefined) fault('buckets', 'only a histogram has buckets');
    if (buckets?.some((bound, index) => index > 0 && bound <= (buckets[index - 1] ?? bound))) {
      fault('buckets', 'expected rising numbers');
    }
  });

function haveOwnNames(items: readonly { readonly name: string }[]): boolean {
  return new Set(items.map(({ name }) => name)).size === items.length;
}

export const AdapterConfigSchema = z.strictObject({
  inputs: z.array(Input).min(1).max(16).refine(haveOwnNames, 'the same path is there twice'),
  schema: z.enum(['flat', 'otel', 'ecs']).default('flat'),
  enrichment: z
    .strictObject({
      env: z.record(FieldName, z.string().min(1)).default({}),
      files: z.record(FieldName, FullPath).default({}),
    })
    .prefault({}),
  redact: z
    .strictObject({
      mode: z.enum(['mask', 'hash', 'off']).default('mask'),
      keys: z.array(patternWith()).max(64).default([]),
      patterns: z.array(patternWith()).max(64).default([]),
    })
    .prefault({}),
  metrics: z.array(DerivedMetric).max(64).refine(haveOwnNames, 'the same name is there twice').default([]),
  limits: z.strictObject({ maxOpenFiles: z.int().min(1).max(65_536).default(1_024) }).prefault({}),
  stateDir: z.string().startsWith('/').default('/var/lib/log-adapter'),
  ops: z.strictObject({ port: z.int().min(0).max(65_535).default(9_903) }).prefault({}),
});

export type AdapterConfig = z.infer<typeof AdapterConfigSchema>;
export type InputConfig = AdapterConfig['inputs'][number];
export type DerivedMetricConfig = AdapterConfig['metrics'][number];
