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

/** Makes a writer of times, RFC 3339 in UTC with milliseconds, that remembers the last second. */
export function createTimeWriter(): (timeMs: number) => string {
  let lastMs = Number.NaN;
  let lastText = '';
  let lastSecond = Number.NaN;
  let prefix = '';
  return (timeMs) => {
    if (timeMs === lastMs) return lastText;
    const wholeMs = Math.floor(timeMs);
    const second = Math.floor(wholeMs / 1_000);
    if (second !== lastSecond) {
      lastSecond = second;
      prefix = new Date(second * 1_000).toISOString().slice(0, -4);
    }
    lastMs = timeMs;
    lastText = `${prefix}${String(wholeMs - second * 1_000).padStart(3, '0')}Z`;
    return lastText;
  };
}
