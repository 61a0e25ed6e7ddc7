/** The kinds of values that the configuration is made of: patterns, names, paths, tables. */
import * as z from 'zod';
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

/** A pattern that runs in linear time and has these groups. */
export function patternWith(...needed: readonly string[]) {
  return compiled((text) => {
    const regExp = compileLinearRegExp(text);
    const names = groupNames(regExp);
    const missing = needed.filter((name) => !names.has(name)).map((name) => `(?<${name}>...)`);
    if (missing.length > 0) throw new Error(`the pattern lacks the group ${missing.join(' and ')}`);
    return regExp;
  });
}

export const TimeFormat = compiled(compileTimeFormat);

export const FullPath = z.string().regex(/^\/.*[^/]$/, 'expected the full path of a file');

/** The name of a field of the output. */
export const FieldName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected lower-case letters, digits and _')
  .refine((name) => !RESERVED_NAMES.has(name), 'this field is set by the adapter itself');

/** What becomes of the keys of a log. */
export const Keys = z.record(
  z.string(),
  z.strictObject({ name: FieldName.optional(), type: z.enum(FIELD_TYPES).default('text') }),
);

/** Which word of a log is which level. */
export const Levels = z.record(z.string(), z.enum(LEVELS));
