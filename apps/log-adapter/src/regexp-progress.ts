/** How far a text fits a pattern, for those who have to find out why it does not. */

/** What the text fits up to, counted from 0, and what is left of the pattern then. */
export interface Progress {
  readonly end: number;
  readonly rest: string;
}

/** Looks for the longest beginning of the pattern that the text fits. */
export function findProgress({ source }: RegExp, text: string): Progress {
  for (let length = source.length - 1; length > 0; length -= 1) {
    const beginning = compileBeginning(source.slice(0, length));
    const match = beginning?.exec(text);
    if (match !== undefined && match !== null)
      return { end: match.index + match[0].length, rest: source.slice(length) };
  }
  return { end: 0, rest: source };
}

/** With the groups closed that are open; undefined if it ends in the middle of something. */
function compileBeginning(text: string): RegExp | undefined {
  if (/(?:^|[^\\])\|$/.test(text)) return undefined;
  const opened = text.replaceAll(/\\.|\[(?:[^\]\\]|\\.)*\]/g, '').replaceAll(/[^()]/g, '');
  let open = 0;
  for (const bracket of opened) open += bracket === '(' ? 1 : -1;
  try {
    return new RegExp(text + ')'.repeat(Math.max(0, open)));
  } catch {
    return undefined;
  }
}
