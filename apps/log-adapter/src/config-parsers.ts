/** The part of the configuration that says how the text of an event is read. */
import * as z from 'zod';
import { FieldName, Keys, Levels, patternWith, TimeFormat } from './config-values.ts';
import { groupNames } from './linear-regexp.ts';

const RegExpParser = z
  .strictObject({
    type: z.literal('regex'),
    pattern: patternWith(),
    timeFormat: TimeFormat.optional(),
    levels: Levels.optional(),
    fields: z.strictObject({ pattern: patternWith('key', 'value'), keys: Keys.default({}) }).optional(),
    stack: patternWith().optional(),
  })
  .refine(({ pattern, timeFormat }) => !groupNames(pattern).has('time') || timeFormat !== undefined, {
    path: ['timeFormat'],
    message: 'needed, because the pattern has the group (?<time>...)',
  });

/** Where a log of keys and values has what every event has. */
const KEYS_OF_EVENT = {
  time: z.string().default('time'),
  timeFormat: TimeFormat.prefault('rfc3339'),
  level: z.string().default('level'),
  levels: Levels.optional(),
  message: z.string().default('msg'),
  logger: z.string().default('logger'),
  stack: z.string().default('stack'),
  keys: Keys.default({}),
};

const JsonParser = z.strictObject({ type: z.literal('json'), ...KEYS_OF_EVENT });
const LogfmtParser = z.strictObject({ type: z.literal('logfmt'), ...KEYS_OF_EVENT });

const AccessLogParser = z.strictObject({
  type: z.literal('accessLog'),
  extra: z.array(FieldName).max(16).default([]),
  keys: Keys.default({}),
});

const NginxErrorParser = z.strictObject({ type: z.literal('nginxError') });

const TEXT_PARSERS = [RegExpParser, JsonParser, LogfmtParser, AccessLogParser, NginxErrorParser] as const;

const TextParser = z.discriminatedUnion('type', TEXT_PARSERS);

const CriParser = z.strictObject({ type: z.literal('cri'), parsers: z.array(TextParser).max(8).default([]) });

export const Parser = z.discriminatedUnion('type', [...TEXT_PARSERS, CriParser]);

export type ParserConfig = z.infer<typeof Parser>;

/** One kind of parser. */
export type ParserOf<Type extends ParserConfig['type']> = Extract<ParserConfig, { type: Type }>;
