/** What a flag may hold: each kind takes the text of the command line or of a variable and gives the value. */
import * as z from 'zod';
import { parseDurationMs } from './duration.ts';
import { parseSignal } from './signal-name.ts';

export const text = z.string();

export const integer = z
  .string()
  .regex(/^[+-]?\d{1,9}$/, 'is not a whole number')
  .transform(Number);

export const optionalInteger = z.union([z.literal('').transform(() => undefined), integer], {
  error: 'is not a whole number',
});

/** Milliseconds. */
export const duration = z.string().transform((value, context) => {
  const durationMs = parseDurationMs(value);
  if (durationMs !== undefined) return durationMs;
  context.addIssue({ code: 'custom', message: 'is not a duration such as 500ms, 10s or 1m30s' });
  return z.NEVER;
});

export const signal = z.string().transform((value, context) => {
  const name = parseSignal(value);
  if (name !== undefined) return name;
  context.addIssue({ code: 'custom', message: 'is not a signal such as SIGHUP, HUP or 1' });
  return z.NEVER;
});

export const optionalSignal = z.union([z.literal('').transform(() => undefined), signal], {
  error: 'is not a signal such as SIGHUP, HUP or 1',
});

/** The spellings that Go takes for a boolean. */
export const boolean = z
  .string()
  .regex(/^(?:1|t|true|0|f|false)$/i, 'is neither true nor false')
  .transform((value) => /^(?:1|t|true)$/i.test(value));

/** One of a few words. */
export function choice<const Word extends string>(...words: readonly [Word, ...Word[]]): z.ZodType<Word, string> {
  return z.string().transform((value, context) => {
    const word = words.find((one) => one === value);
    if (word !== undefined) return word;
    context.addIssue({ code: 'custom', message: `is none of ${words.join(', ')}` });
    return z.NEVER;
  });
}
