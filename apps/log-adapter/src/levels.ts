/** The six levels of the kit's log schema, and the words that other programs use for them. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type Level = (typeof LEVELS)[number];

/** Used where the configuration has no `levels`; words in any case, and the numbers of pino and bunyan. */
const COMMON: Readonly<Record<string, Level>> = {
  trace: 'trace',
  '10': 'trace',
  debug: 'debug',
  '20': 'debug',
  info: 'info',
  information: 'info',
  notice: 'info',
  '30': 'info',
  warn: 'warn',
  warning: 'warn',
  '40': 'warn',
  error: 'error',
  err: 'error',
  '50': 'error',
  fatal: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
  panic: 'fatal',
  severe: 'error',
  '60': 'fatal',
};

/** The level for a word of the log: by the configuration's table, else by the common words; undefined if in neither. */
export function readLevel(text: string, levels: Readonly<Record<string, Level>> | undefined): Level | undefined {
  if (levels !== undefined) return Object.hasOwn(levels, text) ? levels[text] : undefined;
  const word = text.toLowerCase();
  return Object.hasOwn(COMMON, word) ? COMMON[word] : undefined;
}
