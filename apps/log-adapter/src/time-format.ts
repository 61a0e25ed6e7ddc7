/**
 * Times as old programs write them, described by a format such as `dd.MM.yyyy HH:mm:ss,SSS` (the letters of Unicode's
 * date field symbols, as Java and many others use them). A time without an offset is taken for UTC.
 */

/** Reads a time: milliseconds since 1970, or undefined if the text is not one. */
export type TimeReader = (text: string) => number | undefined;

/** What a time says, as it is read part by part. A time is made of parts, so one of these serves all times of a format. */
interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  offsetMs: number;
}

/** Reads a part at a place of the text: where the next one begins, or -1 if it is not there. */
type ReadPart = (text: string, at: number, parts: Parts) => number;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const TOKENS = {
  yyyy: digits(4, (parts, value) => (parts.year = value)),
  MM: digits(2, (parts, value) => (parts.month = value)),
  MMM: readMonthName,
  dd: digits(2, (parts, value) => (parts.day = value)),
  HH: digits(2, (parts, value) => (parts.hour = value)),
  mm: digits(2, (parts, value) => (parts.minute = value)),
  ss: digits(2, (parts, value) => (parts.second = value)),
  SSS: digits(3, (parts, value) => (parts.millisecond = value)),
  SSSSSS: digits(6, (parts, value) => (parts.millisecond = Math.floor(value / 1_000))),
  XX: offset(''),
  XXX: offset(':'),
} as const satisfies Record<string, ReadPart>;

type Token = keyof typeof TOKENS;

/** Of each, one is needed. */
const NEEDED: readonly (readonly Token[])[] = [['yyyy'], ['MM', 'MMM'], ['dd'], ['HH'], ['mm'], ['ss']];

/** As far as a Date of JavaScript reaches. */
const MAX_TIME_MS = 8.64e15;

/** Formats that are known by name. */
const NAMED: Readonly<Record<string, () => TimeReader>> = {
  rfc3339: createRfc3339Reader,
  epochMs: () => (text) => (/^\d{1,15}$/.test(text) ? toTime(Number(text)) : undefined),
  epochSeconds: () => (text) =>
    /^\d{1,12}(?:\.\d+)?$/.test(text) ? toTime(Math.round(Number(text) * 1_000)) : undefined,
  accessLog: () => compileLetters('dd/MMM/yyyy:HH:mm:ss XX'),
};

/** Makes the reader for a format. Throws an Error that says what the format lacks or has too much. */
export function compileTimeFormat(format: string): TimeReader {
  return Object.hasOwn(NAMED, format) ? (NAMED[format] as () => TimeReader)() : compileLetters(format);
}

/** With any of the signs that the standard leaves open, and any number of decimals. */
function createRfc3339Reader(): TimeReader {
  const { yyyy, MM, dd, HH, mm, ss, XXX } = TOKENS;
  const [dash, colon] = [literal('-'), literal(':')];
  const between: ReadPart = (text, at) => ('Tt '.includes(text.charAt(at)) ? at + 1 : -1);
  const zone: ReadPart = (text, at, parts) => (text.charCodeAt(at) === 0x7a ? at + 1 : XXX(text, at, parts));
  return createReader([yyyy, dash, MM, dash, dd, between, HH, colon, mm, colon, ss, readDecimals, zone]);
}

function compileLetters(format: string): TimeReader {
  const seen = new Set<string>();
  const readers: ReadPart[] = [];
  for (const [part] of format.matchAll(/'[^']*'|[A-Za-z]+|[^A-Za-z']/g)) {
    if (part.startsWith("'") || !/^[A-Za-z]/.test(part)) {
      readers.push(literal(part.replaceAll("'", '')));
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
      readers.push(TOKENS[letters as Token]);
    }
  }
  const missing = NEEDED.filter((tokens) => !tokens.some((token) => seen.has(token))).map(([token]) => token);
  if (missing.length > 0) throw new Error(`the time format "${format}" lacks ${missing.join(', ')}`);
  return createReader(readers);
}

/** One part after the other; what was worked out last is remembered, the whole of it and the day. */
function createReader(readers: readonly ReadPart[]): TimeReader {
  const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, millisecond: 0, offsetMs: 0 };
  let dayKey = -1;
  let dayMs = Number.NaN;
  const read = (text: string): number | undefined => {
    let at = 0;
    parts.millisecond = 0;
    parts.offsetMs = 0;
    for (const readPart of readers) {
      at = readPart(text, at, parts);
      if (at < 0) return undefined;
    }
    const { year, month, day, hour, minute, second } = parts;
    if (at !== text.length || hour > 23 || minute > 59 || second > 59) return undefined;
    const key = (year * 100 + month) * 100 + day;
    if (key !== dayKey) {
      dayKey = key;
      dayMs = startOfDay(year, month, day);
    }
    const timeMs = dayMs + (hour * 3_600 + minute * 60 + second) * 1_000 + parts.millisecond - parts.offsetMs;
    // A day that is not one is no number.
    return Number.isNaN(timeMs) ? undefined : toTime(timeMs);
  };
  let lastText = '';
  let last: number | undefined;
  return (text) => {
    if (text !== lastText) {
      last = read(text);
      lastText = text;
    }
    return last;
  };
}

/** NaN for a day that is in no calendar: a Date makes the 31st of February the 3rd of March. */
function startOfDay(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : Number.NaN;
}

function digits(length: number, set: (parts: Parts, value: number) => void): ReadPart {
  return (text, at, parts) => {
    const value = numberAt(text, at, length);
    if (value < 0) return -1;
    set(parts, value);
    return at + length;
  };
}

/** So many digits, or -1. */
function numberAt(text: string, at: number, length: number): number {
  let value = 0;
  for (let index = at; index < at + length; index += 1) {
    const digit = text.charCodeAt(index) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function literal(wanted: string): ReadPart {
  return (text, at) => (text.startsWith(wanted, at) ? at + wanted.length : -1);
}

function readMonthName(text: string, at: number, parts: Parts): number {
  parts.month = MONTHS.indexOf(text.slice(at, at + 3)) + 1;
  return parts.month === 0 ? -1 : at + 3;
}

/** Nothing, or a point and digits, the first three of which count. */
function readDecimals(text: string, at: number, parts: Parts): number {
  const point = text.charCodeAt(at);
  if (point !== 0x2e && point !== 0x2c) return at;
  let end = at + 1;
  while (numberAt(text, end, 1) >= 0) end += 1;
  if (end === at + 1) return -1;
  parts.millisecond = Number(
    text
      .slice(at + 1, at + 4)
      .slice(0, end - at - 1)
      .padEnd(3, '0'),
  );
  return end;
}

/** `Z`, or hours and minutes with a sign. */
function offset(between: string): ReadPart {
  return (text, at, parts) => {
    const sign = text.charCodeAt(at);
    if (sign === 0x5a) return at + 1;
    const minutesAt = at + 3 + between.length;
    const [hours, minutes] = [numberAt(text, at + 1, 2), numberAt(text, minutesAt, 2)];
    const isOffset = (sign === 0x2b || sign === 0x2d) && text.startsWith(between, at + 3);
    if (!isOffset || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return -1;
    parts.offsetMs = (sign === 0x2d ? -1 : 1) * (hours * 60 + minutes) * 60_000;
    return minutesAt + 2;
  };
}

function toTime(milliseconds: number): number | undefined {
  return Math.abs(milliseconds) <= MAX_TIME_MS ? milliseconds : undefined;
}
