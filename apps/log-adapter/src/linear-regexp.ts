/**
 * Regular expressions from a configuration file, applied to lines that anybody may have written: no pattern and no
 * line may take exponential time.
 *
 * V8 has a second engine that reads its input once, whatever the pattern. It is the judge (a pattern it cannot run, one
 * with a look-ahead or a back-reference, is refused) and the safety net: the usual, faster engine runs the pattern
 * and hands over to it after 50,000 steps back. Both are V8 flags, which may be set while the program runs.
 */
import { setFlagsFromString } from 'node:v8';

/** Compiles a pattern. Throws an Error that says why it is not accepted. */
export function compileLinearRegExp(pattern: string): RegExp {
  setFlagsFromString('--enable-experimental-regexp-engine');
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  const regExp = compile(pattern);
  try {
    // eslint-disable-next-line no-new, no-invalid-regexp
    new RegExp(pattern, 'l');
  } catch (error) {
    throw new Error(`/${pattern}/ cannot be run in linear time: ${findCulprit(pattern)}`, { cause: error });
  }
  return regExp;
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    const [reason] = (error as Error).message.split(': ').slice(-1);
    throw new Error(`/${pattern}/ is not a regular expression: ${reason}`, { cause: error });
  }
}

/** What the linear engine does not run; of a count it depends on what is counted. */
const CULPRITS: readonly (readonly [RegExp, string])[] = [
  [/^\(\?[=!]/, 'a look-ahead'],
  [/^\(\?[a-z-]+:/, 'a modifier'],
  [/^\\(?:[1-9]|k<)/, 'a back-reference'],
  [/^\{\d+(?:,\d*)?\}/, 'a count that is too large: use * or + in its place'],
];

/** The construct that is likely to be it, and where it is. */
function findCulprit(pattern: string): string {
  // Classes and escapes count as one, so that what is in them is not taken for anything else.
  const places = Array.from(pattern.matchAll(/\[(?:[^\]\\]|\\.)*\]|\\.|[^]/g), ({ index }) => index);
  for (const [start, what] of CULPRITS) {
    const place = places.find((index) => start.test(pattern.slice(index)));
    if (place !== undefined) return `at character ${place + 1}, ${pattern.slice(place, place + 12)} is ${what}`;
  }
  return 'use no look-ahead, no back-reference, and * or + in place of counts';
}

/** The names of the groups of a pattern: `time` for `(?<time>...)`. */
export function groupNames(regExp: RegExp): Set<string> {
  const names = regExp.source.matchAll(/(?<!\\)\(\?<(?<name>[A-Za-z_$][\w$]*)>/g);
  return new Set(Array.from(names, (match) => match.groups?.['name'] ?? ''));
}
