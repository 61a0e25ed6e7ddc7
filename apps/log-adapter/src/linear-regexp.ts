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
  const regExp = new RegExp(pattern);
  try {
    // eslint-disable-next-line no-new, no-invalid-regexp
    new RegExp(pattern, 'l');
  } catch (error) {
    throw new Error(
      `/${pattern}/ cannot be run in linear time: use no look-ahead, no back-reference, and * or + in place of counts`,
      { cause: error },
    );
  }
  return regExp;
}

/** The names of the groups of a pattern: `time` for `(?<time>...)`. */
export function groupNames(regExp: RegExp): Set<string> {
  const names = regExp.source.matchAll(/(?<!\\)\(\?<(?<name>[A-Za-z_$][\w$]*)>/g);
  return new Set(Array.from(names, (match) => match.groups?.['name'] ?? ''));
}
