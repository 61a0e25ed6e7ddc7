/**
 * Finds the codes of all errors that the sources can throw. By their text, because TypeScript 7 has no stable interface
 * to its parser; what cannot be read that way is reported, so that no code can hide.
 */

export interface Source {
  readonly path: string;
  readonly text: string;
}

export interface FoundCodes {
  /** Sorted, each once. */
  readonly codes: readonly string[];
  /** `path:line` of every error whose code is not written where it is thrown. */
  readonly unreadable: readonly string[];
}

const CODE = /'([A-Z][A-Z0-9_]*)'/g;

/**
 * Codes stand in the first argument of `new AppError(…)` or of a subclass. A file that declares a subclass may also keep
 * them as pairs of code and remedy (`['API_FAILED', 'Run …']`). And what is no AppError is shown with a `code: '…'`.
 */
export function findErrorCodes(sources: readonly Source[]): FoundCodes {
  const declarations = /\bclass (\w+) extends AppError\b/g;
  const subclasses = sources.flatMap(({ text }) => [...text.matchAll(declarations)].map(([, name = '']) => name));
  const construction = new RegExp(`\\bnew (?:${['AppError', ...subclasses].join('|')})\\(`, 'g');
  const codes = new Set<string>();
  const unreadable: string[] = [];
  for (const { path, text } of sources) {
    const isDeclaring = text.search(declarations) >= 0;
    for (const { index, 0: opening } of text.matchAll(construction)) {
      const found = [...firstArgument(text, index + opening.length).matchAll(CODE)];
      for (const [, code = ''] of found) codes.add(code);
      if (found.length === 0 && !isDeclaring) unreadable.push(`${path}:${text.slice(0, index).split('\n').length}`);
    }
    for (const [, code = ''] of text.matchAll(/\bcode: '([A-Z][A-Z0-9_]*)'/g)) codes.add(code);
    const pairs = isDeclaring ? text.matchAll(/\[\s*'([A-Z][A-Z0-9_]*)',\s*['"`]/g) : [];
    for (const [, code = ''] of pairs) codes.add(code);
  }
  return { codes: [...codes].sort(), unreadable };
}

/** The text from there to the comma or bracket that ends the argument. */
function firstArgument(text: string, start: number): string {
  let depth = 0;
  for (const { 0: mark, index } of text.slice(start).matchAll(/'[^'\n]*'|"[^"\n]*"|`[^`]*`|[()[\]{},]/g)) {
    if ('([{'.includes(mark)) depth += 1;
    else if (depth === 0 && ',)'.includes(mark)) return text.slice(start, start + index);
    else if (')]}'.includes(mark)) depth -= 1;
  }
  return text.slice(start);
}
