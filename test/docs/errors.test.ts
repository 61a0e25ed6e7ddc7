import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodeFor } from '../../scripts/cli/exit-codes.ts';
import { findErrorCodes } from './error-codes.ts';
import { headingsOf } from './markdown.ts';

const ROOT = join(import.meta.dirname, '../..');

const paths = globSync('scripts/**/*.ts', { cwd: ROOT }).filter((path) => !path.endsWith('.test.ts'));
const found = findErrorCodes(paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') })));
const documented = readErrorPage(readFileSync(join(ROOT, 'docs/errors.md'), 'utf8'));

test('every error of the scripts has its code written where it is thrown', () => {
  expect(found.unreadable).toEqual([]);
  expect(found.codes).toContain('PORT_IN_USE');
});

test('docs/errors.md has the codes of the scripts, each once, and no others', () => {
  expect(documented.map(({ code }) => code).sort()).toEqual(found.codes);
});

test.each(documented)('$code stands with the exit code it leads to, and has a remedy', ({ code, exitCode, text }) => {
  expect(exitCode).toBe(exitCodeFor(code));
  const [, meaning = '', remedy = ''] = /^([^]*?)\*\*Remedy:\*\*([^]*)$/.exec(text) ?? [];
  expect(meaning.trim()).not.toBe('');
  expect(remedy.trim()).not.toBe('');
});

describe('findErrorCodes', () => {
  const codesIn = (...texts: string[]) => findErrorCodes(texts.map((text, index) => ({ path: `${index}.ts`, text })));

  test('finds a code on the line of the error or below it, and once only', () => {
    const text =
      "throw new AppError('A_B', 'text', 'X_Y');\nthrow new AppError(\n  'C',\n  'text');\nnew AppError('C', '')";
    expect(codesIn(text)).toEqual({ codes: ['A_B', 'C'], unreadable: [] });
  });

  test('finds every code that a condition chooses from', () => {
    const text = "new AppError(isLate(a, ')') ? 'TOO_LATE' : 'FAILED', 'NOT_A_CODE', '')";
    expect(codesIn(text)).toEqual({ codes: ['FAILED', 'TOO_LATE'], unreadable: [] });
  });

  test('finds the codes of a subclass, in its own file and in others', () => {
    const own = "class ApiError extends AppError {}\nreturn ['API_GONE', 'Run it again.'];\nnew ApiError(choose(), '')";
    expect(codesIn("throw new ApiError('API_LOST', '');", own)).toEqual({
      codes: ['API_GONE', 'API_LOST'],
      unreadable: [],
    });
  });

  test('finds the code of what is no AppError', () => {
    expect(codesIn("return { code: 'UNEXPECTED', message };").codes).toEqual(['UNEXPECTED']);
  });

  test('reports an error whose code is somewhere else', () => {
    expect(codesIn("const code = 'A';\n\nthrow new AppError(code, 'text', '');")).toEqual({
      codes: [],
      unreadable: ['0.ts:3'],
    });
  });
});

/** The entries of the page: `### `CODE`` below `## … exit code N …`, each with the text up to the next heading. */
function readErrorPage(page: string) {
  const lines = page.split('\n');
  const headings = headingsOf(page);
  let exitCode = Number.NaN;
  return headings.flatMap(({ level, text, line }, index) => {
    if (level <= 2) exitCode = Number(/exit code (\d+)/i.exec(text)?.[1]);
    const [, code] = /^`([A-Z][A-Z0-9_]*)`$/.exec(text) ?? [];
    if (level !== 3 || code === undefined) return [];
    return [
      { code, exitCode, text: lines.slice(line, (headings[index + 1]?.line ?? lines.length + 1) - 1).join('\n') },
    ];
  });
}
