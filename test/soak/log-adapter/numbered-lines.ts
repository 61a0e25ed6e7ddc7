/** Numbered lines, as the writer writes them and as they come out again. */

/** So many digits has every number, so that a line that lost its end does not look like another. */
const DIGITS = 9;

/** The line of a number; lines are of different lengths. */
export function numberedLine(number: number): string {
  return `line ${String(number).padStart(DIGITS, '0')} ${'.'.repeat((number * 7) % 61)} end\n`;
}

/** The number of a line; undefined if it is not a whole one. */
export function numberOf(text: unknown): number | undefined {
  const digits = typeof text === 'string' ? /^line (\d{9}) \.* end$/.exec(text)?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}
