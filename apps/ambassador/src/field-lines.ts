/**
 * Header and trailer lines as an upstream sends them, read strictly: what has two readings is an error, never a guess.
 * (RFC 9112 section 5.)
 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** No controls other than tab, and no CR or LF that does not belong to a line end. */
// oxlint-disable-next-line no-control-regex -- to find them is the point
const CLEAN_TEXT = /^(?:[^\0-\x08\n-\x1f\x7f]*\r\n)*[^\0-\x08\n-\x1f\x7f]*$/;

/** What an upstream sent is not HTTP/1.1 that can be passed on; the message says why. */
export class InvalidAnswerError extends Error {
  static {
    this.prototype.name = this.name;
  }
}

/** Throws an InvalidAnswerError if these bytes, one character each, cannot be part of a head. */
export function assertCleanText(text: string): void {
  if (!CLEAN_TEXT.test(text)) throw new InvalidAnswerError('a control character or a bare line end in a head');
}

/**
 * Reads the lines from `start` on, each of which must end with CR LF, and appends name and value by turns to `to`.
 * The text must have passed assertCleanText. Throws an InvalidAnswerError for a line that is not `name: value`.
 */
export function readFieldLines(text: string, start: number, to: string[]): void {
  let position = start;
  while (position < text.length) {
    const end = text.indexOf('\r\n', position);
    const colon = text.indexOf(':', position);
    // A folded line begins with a space, so it has no name either.
    if (end === -1 || colon === -1 || colon > end) throw new InvalidAnswerError('a header line without a colon');
    const name = text.slice(position, colon);
    if (!TOKEN.test(name)) throw new InvalidAnswerError('a header name with a character that has no place in it');
    to.push(name, trimBlanks(text, colon + 1, end));
    position = end + 2;
  }
}

/** Only spaces and tabs are blank here; trim() would take the byte 0xA0 for one as well. */
function trimBlanks(text: string, start: number, end: number): string {
  let first = start;
  let last = end;
  while (first < last && isBlank(text.charCodeAt(first))) first += 1;
  while (last > first && isBlank(text.charCodeAt(last - 1))) last -= 1;
  return text.slice(first, last);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
