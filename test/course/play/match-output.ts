/** Comparing what a block printed with what its lesson shows; `…` stands for anything. */

const ANYTHING = '…';

/**
 * Undefined if the output is as shown: `…` within a line matches any characters of it, a line of `…` alone any number
 * of lines. Blanks at the end of lines and empty lines at the end do not count. Otherwise what is missing, with the
 * output.
 */
export function describeMismatch(shown: string, printed: string): string | undefined {
  const patterns = linesOf(shown);
  const lines = linesOf(printed);
  const reached = match(patterns, lines);
  if (reached === undefined) return undefined;
  const { pattern, line } = reached;
  const wanted = patterns[pattern];
  const found = lines[line];
  return [
    wanted === undefined ? 'nothing more was expected' : `expected: ${wanted}`,
    found === undefined ? 'printed:  nothing more' : `printed:  ${found}`,
    'all that was printed:',
    ...lines.map((text, index) => `${index === line ? '>' : ' '} ${text}`),
  ].join('\n');
}

interface Position {
  readonly pattern: number;
  readonly line: number;
}

/** Undefined if all match; otherwise the furthest pair that did not. */
function match(patterns: readonly string[], lines: readonly string[]): Position | undefined {
  let furthest: Position = { pattern: 0, line: 0 };
  const failed = new Set<string>();
  const from = (pattern: number, line: number): boolean => {
    const key = `${pattern} ${line}`;
    if (failed.has(key)) return false;
    const wanted = patterns[pattern];
    const found = lines[line];
    if (wanted === undefined && found === undefined) return true;
    if (wanted === ANYTHING) {
      if (from(pattern + 1, line) || (found !== undefined && from(pattern, line + 1))) return true;
    } else if (wanted !== undefined && found !== undefined && matchesLine(wanted, found)) {
      if (from(pattern + 1, line + 1)) return true;
    }
    if (wanted !== ANYTHING && (pattern > furthest.pattern || (pattern === furthest.pattern && line < furthest.line))) {
      furthest = { pattern, line };
    }
    failed.add(key);
    return false;
  };
  return from(0, 0) ? undefined : furthest;
}

function matchesLine(wanted: string, found: string): boolean {
  const parts = wanted.split(ANYTHING).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 'u').test(found);
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
