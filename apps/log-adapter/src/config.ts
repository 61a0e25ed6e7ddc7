/** The configuration file: which logs to follow, and how their events are to be read. */
import { z } from 'zod';
import { FIELD_TYPES, RESERVED_NAMES } from './field-values.ts';
import { LEVELS } from './levels.ts';
import { compileLinearRegExp, groupNames } from './linear-regexp.ts';
import { compileTimeFormat } from './time-format.ts';

/** A text that is compiled; what the compiler complains about is a fault of the file. */
function compiled<Result>(compile: (text: string) => Result) {
  return z.string().transform((text, context): Result => {
    try {
      return compile(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
}

function patternWith(...needed: readonly string[]) {
  return compiled((text) => {
    const regExp = compileLinearRegExp(text);
    const names = groupNames(regExp);
    const missing = needed.filter((name) => !names.has(name)).map((name) => `(?<${name}>...)`);
    if (missing.length > 0) throw new Error(`the pattern lacks the group ${missing.join(' and ')}`);
    return regExp;
  });
}

const FieldName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected lower-case letters, digits and _')
  .refine((name) => !RESERVED_NAMES.has(name), 'this field is set by the adapter itself');

const Keys = z.record(
  z.string(),
  z.strictObject({ name: FieldName.optional(), type: z.enum(FIELD_TYPES).default('text') }),
);

const Levels = z.record(z.string(), z.enum(LEVELS));

const RegExpParser = z
  .strictObject({
    type: z.literal('regex'),
    pattern: patternWith(),
    timeFormat: compiled(compileTimeFormat).optional(),
    levels: Levels.optional(),
    fields: z.strictObject({ pattern: patternWith('key', 'value'), keys: Keys.default({}) }).optional(),
    stack: patternWith().optional(),
  })
  .refine(({ pattern, timeFormat }) => !groupNames(pattern).has('time') || timeFormat !== undefined, {
    path: ['timeFormat'],
    message: 'needed, because the pattern has the group (?<time>...)',
  });

const JsonParser = z.strictObject({
  type: z.literal('json'),
  time: z.string().default('time'),
  timeFormat: compiled(compileTimeFormat).prefault('rfc3339'),
  level: z.string().default('level'),
  levels: Levels.optional(),
  message: z.string().default('msg'),
  logger: z.string().default('logger'),
  stack: z.string().default('stack'),
  keys: Keys.default({}),
});

const Input = z.strictObject({
  path: z.string().regex(/^\/.*[^/]$/, 'expected the full path of a file'),
  service: z.string().min(1),
  multiline: z.strictObject({ start: patternWith(), timeoutMs: z.int().min(10).max(60_000).default(1_000) }).optional(),
  maxEventBytes: z.int().min(1_024).max(1_048_576).default(65_536),
  parser: z.discriminatedUnion('type', [RegExpParser, JsonParser]).optional(),
});

export const AdapterConfigSchema = z.strictObject({
  inputs: z
    .array(Input)
    .min(1)
    .max(16)
    .refine((inputs) => new Set(inputs.map(({ path }) => path)).size === inputs.length, 'the same path is there twice'),
  stateDir: z.string().startsWith('/').default('/var/lib/log-adapter'),
  ops: z.strictObject({ port: z.int().min(0).max(65_535).default(9_903) }).prefault({}),
});

export type AdapterConfig = z.infer<typeof AdapterConfigSchema>;
export type InputConfig = AdapterConfig['inputs'][number];
export type ParserConfig = NonNullable<InputConfig['parser']>;
