/**
 * Times as old programs write them, described by a format such as `dd.MM.yyyy HH:mm:ss,SSS` (the letters of Unicode's
 * date field symbols, as Java and many others use them). A time without an offset is taken for UTC.
 */

/** Reads a time: milliseconds since 1970, or undefined if the text is not one. */
export type TimeReader = (text: string) => number | undefined;

const TOKENS = {
  yyyy: String.raw`(?<yyyy>\d{4})`,
  MM: String.raw`(?<MM>\d{2})`,
  MMM: '(?<MMM>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)',
  dd: String.raw`(?<dd>\d{2})`,
  HH: String.raw`(?<HH>\d{2})`,
  mm: String.raw`(?<mm>\d{2})`,
  ss: String.raw`(?<ss>\d{2})`,
  SSS: String.raw`(?<SSS>\d{3})`,
  SSSSSS: String.raw`(?<SSSSSS>\d{6})`,
  XX: String.raw`(?<XX>Z|[+-]\d{4})`,
  XXX: String.raw`(?<XXX>Z|[+-]\d{2}:\d{2})`,
} as const;

type Token = keyof typeof TOKENS;
type Parts = Partial<Record<string, string>>;

/** Of each, one is needed. */
const NEEDED: readonly (readonly Token[])[] = [['yyyy'], ['MM', 'MMM'], ['dd'], ['HH'], ['mm'], ['ss']];

/** As far as a Date of JavaScript reaches. */
const MAX_TIME_MS = 8.64e15;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Formats that are known by name. */
const NAMED: Readonly<Record<string, TimeReader>> = {
  rfc3339: createRfc3339Reader(),
  epochMs: (text) => (/^\d{1,15}$/.test(text) ? toTime(Number(text)) : undefined),
  epochSeconds: (text) => (/^\d{1,12}(?:\.\d+)?$/.test(text) ? toTime(Math.round(Number(text) * 1_000)) : undefined),
  accessLog: compileLetters('dd/MMM/yyyy:HH:mm:ss XX'),
};

/** Remembers the last second in UTC: the next time is likely to be of the same one. */
function createRfc3339Reader(): TimeReader {
  let lastSecond = '';
  let lastMs = 0;
  return (text) => {
    if (lastSecond !== '' && text.length === 24 && text.startsWith(lastSecond) && text.endsWith('Z')) {
      const fraction = text.slice(19, 23);
      if (/^\.\d{3}$/.test(fraction)) return lastMs + Number(fraction.slice(1));
    }
    const isTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text);
    const timeMs = isTime ? toTime(Date.parse(text.replace(',', '.').replace(' ', 'T'))) : undefined;
    if (timeMs !== undefined && text.endsWith('Z')) {
      lastSecond = text.slice(0, 19);
      lastMs = Math.floor(timeMs / 1_000) * 1_000;
    }
    return timeMs;
  };
}

/** Makes the reader for a format. Throws an Error that says what the format lacks or has too much. */
export function compileTimeFormat(format: string): TimeReader {
  return Object.hasOwn(NAMED, format) ? (NAMED[format] as TimeReader) : compileLetters(format);
}

function compileLetters(format: string): TimeReader {
  const seen = new Set<string>();
  let pattern = '';
  for (const [part] of format.matchAll(/'[^']*'|[A-Za-z]+|[^A-Za-z']/g)) {
    if (part.startsWith("'") || !/^[A-Za-z]/.test(part)) {
      pattern += escapeRegExp(part.replaceAll("'", ''));
      continue;
    }
    for (const [letters] of part.matchAll(/(?<letter>[A-Za-z])\k<letter>*/g)) {
      if (!Object.hasOwn(TOKENS, letters)) {
        const known = [...Object.keys(TOKENS), ...Object.keys(NAMED)].join(', ');
        throw new Error(
          `"${letters}" in the time format "${format}" is not known; known are ${known} and 'quoted text'`,
        );
      }
      if (seen.has(letters)) throw new Error(`"${letters}" is twice in the time format "${format}"`);
      seen.add(letters);
      pattern += TOKENS[letters as Token];
    }
  }
  const missing = NEEDED.filter((tokens) => !tokens.some((token) => seen.has(token))).map(([token]) => token);
  if (missing.length > 0) throw new Error(`the time format "${format}" lacks ${missing.join(', ')}`);
  const regExp = new RegExp(`^${pattern}$`);
  return (text) => {
    const groups = regExp.exec(text)?.groups;
    return groups === undefined ? undefined : readParts(groups);
  };
}

function readParts(groups: Parts): number | undefined {
  const part = (token: Token): number => Number(groups[token]);
  const month = groups['MMM'] === undefined ? part('MM') : MONTHS.indexOf(groups['MMM']) + 1;
  const [year, day, hour, minute, second] = [part('yyyy'), part('dd'), part('HH'), part('mm'), part('ss')];
  const milliseconds = Number(groups['SSS'] ?? groups['SSSSSS']?.slice(0, 3) ?? 0);
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  // Date.UTC makes the 31st of February the 3rd of March, and 24:00 the next day: neither is what was written.
  const isReal = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
  if (!isReal || hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetMs = readOffset(groups['XXX'] ?? groups['XX'] ?? 'Z');
  return offsetMs === undefined ? undefined : toTime(asUtc - offsetMs);
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** `Z`, `+0100` or `+01:00` in milliseconds. */
function readOffset(text: string): number | undefined {
  if (text === 'Z') return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(-2))];
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function toTime(milliseconds: number): number | undefined {
  return Math.abs(milliseconds) <= MAX_TIME_MS ? milliseconds : undefined;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
