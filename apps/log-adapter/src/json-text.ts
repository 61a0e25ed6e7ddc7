/** Strings and times as JSON, fast: most strings need no escape, and most times are of the same second. */

/**
 * What makes a string more than itself between quotes: what JSON asks for, and characters that JSON allows but that are
 * not harmless on a terminal, DEL, the C1 controls (one of them begins escape sequences), and those that turn the
 * direction of the text. Half a surrogate pair would be no UTF-8.
 */
const NEEDS_CARE =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /["\\\u0000-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uD800-\uDFFF]/;

/** Those that `JSON.stringify` leaves as they are. */
const HARMFUL =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/** A string as JSON, without any character that could do something to a terminal. */
export function quote(text: string): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`;
  return JSON.stringify(text).replaceAll(HARMFUL, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const pad = (value: number, length: number): string => String(value).padStart(length, '0');
const MINUTES = Array.from(
  { length: 1_440 },
  (_, minute) => `T${pad(Math.floor(minute / 60), 2)}:${pad(minute % 60, 2)}:`,
);
const SECONDS = Array.from({ length: 60 }, (_, second) => `${pad(second, 2)}.`);
const MILLISECONDS = Array.from({ length: 1_000 }, (_, millisecond) => `${pad(millisecond, 3)}Z`);
const DAY_MS = 86_400_000;

/** Makes a writer of times, RFC 3339 in UTC with milliseconds, that works out a day once. */
export function createTimeWriter(): (timeMs: number) => string {
  let [lastMs, lastText, lastDay, date] = [Number.NaN, '', Number.NaN, ''];
  return (timeMs) => {
    if (timeMs === lastMs) return lastText;
    const wholeMs = Math.floor(timeMs);
    const day = Math.floor(wholeMs / DAY_MS);
    const ms = wholeMs - day * DAY_MS;
    if (day !== lastDay) {
      lastDay = day;
      date = new Date(day * DAY_MS).toISOString().slice(0, -14);
    }
    const seconds = Math.floor(ms / 1_000);
    const minutes = Math.floor(seconds / 60);
    lastMs = timeMs;
    lastText = `${date}${MINUTES[minutes]}${SECONDS[seconds - minutes * 60]}${MILLISECONDS[ms - seconds * 1_000]}`;
    return lastText;
  };
}
