import { describe, expect, test } from 'vitest';
import { compileLinearRegExp, groupNames } from './linear-regexp.ts';

describe('compileLinearRegExp', () => {
  // Each of these takes longer than the universe has existed with backtracking alone.
  test.each([
    ['(a+)+b', 'a'.repeat(50_000)],
    ['^(a|a)*$', `${'a'.repeat(50_000)}!`],
    [String.raw`^(\w+\s?)*$`, `${'a'.repeat(50_000)}!`],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(50_000)],
  ])('runs /%s/ in no time', (pattern, text) => {
    const regExp = compileLinearRegExp(pattern);
    const startedMs = performance.now();
    expect(regExp.test(text)).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test('finds the same groups after it has handed over to the linear engine', () => {
    const regExp = compileLinearRegExp('^(?<head>(?:a+)+)(?<tail>b)$');
    expect(regExp.exec(`${'a'.repeat(20_000)}b`)?.groups).toMatchObject({ head: 'a'.repeat(20_000), tail: 'b' });
    expect(regExp.test('a'.repeat(20_000))).toBe(false);
  });

  test.each([
    [String.raw`(a)\1`, String.raw`at character 4, \1 is a back-reference`],
    [String.raw`(?<x>a)\k<x>`, String.raw`at character 8, \k<x> is a back-reference`],
    ['a(?=b)', 'at character 2, (?=b) is a look-ahead'],
    [String.raw`\((?=[)])`, 'at character 3, (?=[)]) is a look-ahead'],
    ['[(?=](?!b)', 'at character 6, (?!b) is a look-ahead'],
    ['(?i:a)', 'at character 1, (?i:a) is a modifier'],
    ['a{1,1000}', 'at character 2, {1,1000} is a count that is too large'],
    ['(?:a{10}){10}', 'is a count that is too large'],
  ])('refuses /%s/ and says which part of it', (pattern, part) => {
    expect(() => compileLinearRegExp(pattern)).toThrow(`/${pattern}/ cannot be run in linear time`);
    expect(() => compileLinearRegExp(pattern)).toThrow(part);
  });

  test.each(['(?<=a)b', 'a{3}', String.raw`\bfoo\b`, '^a*?$', '[{1,1000}]'])('takes /%s/', (pattern) => {
    expect(compileLinearRegExp(pattern).source).toBe(pattern);
  });

  test('tells what is wrong with the spelling of a pattern', () => {
    expect(() => compileLinearRegExp('(a')).toThrow('Unterminated group');
  });
});

test('groupNames knows named groups from what looks like them', () => {
  const regExp = compileLinearRegExp(String.raw`(?<time>\d)\(?<no>(?<level>x)(?:y)`);
  expect(groupNames(regExp)).toStrictEqual(new Set(['time', 'level']));
});
