import { describe, expect, test } from 'vitest';
import { checkRefName, isFullHash, pickRemoteRef } from './ref-name.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(40);

test.each(['HEAD', 'main', 'release/1.2', 'v1.0', 'refs/heads/main', A, 'feature-x', 'ünïcode'])(
  '%s may be asked for',
  (ref) => {
    expect(() => checkRefName(ref)).not.toThrow();
  },
);

test.each([
  '',
  '@',
  '--upload-pack=x',
  '-cprotocol.ext.allow=always',
  'a..b',
  '@{-1}',
  'main@{1}',
  'a\nb',
  'a b',
  'main:refs/heads/x',
  'main~1',
  'main^',
  'refs/heads/*',
  'a?',
  'a[b',
  'a\\b',
  'a//b',
  '/a',
  'a/',
  '.a',
  'a/.b',
  'a.',
  'a.lock',
  'a.lock/b',
])('%j is refused', (ref) => {
  expect(() => checkRefName(ref)).toThrow(expect.objectContaining({ code: 'REF_REFUSED' }));
});

test('only a full hash is a hash', () => {
  expect(isFullHash(A)).toBe(true);
  expect(isFullHash(A.slice(1))).toBe(false);
  expect(isFullHash(A.toUpperCase())).toBe(false);
});

describe('which commit the remote means', () => {
  test('a branch is not mistaken for one that ends alike', () => {
    const output = `${A}\trefs/heads/old/main\n${B}\trefs/heads/main\n`;
    expect(pickRemoteRef('main', output)).toEqual({ name: 'refs/heads/main', hash: B });
  });

  test('a tag wins over a branch, and an annotated one means the commit it points to', () => {
    const output = `${A}\trefs/heads/v1\n${B}\trefs/tags/v1\n${C}\trefs/tags/v1^{}\n`;
    expect(pickRemoteRef('v1', output)).toEqual({ name: 'refs/tags/v1', hash: C });
  });

  test('HEAD, and names written in full or in part', () => {
    const output = `${A}\tHEAD\n${B}\trefs/remotes/origin/HEAD\n${C}\trefs/heads/main\n`;
    expect(pickRemoteRef('HEAD', output)).toEqual({ name: 'HEAD', hash: A });
    expect(pickRemoteRef('refs/heads/main', output)).toEqual({ name: 'refs/heads/main', hash: C });
    expect(pickRemoteRef('heads/main', output)).toEqual({ name: 'refs/heads/main', hash: C });
  });

  test('nothing, if the remote has no such ref', () => {
    expect(pickRemoteRef('main', '')).toBeUndefined();
    expect(pickRemoteRef('main', `${A}\trefs/heads/mainline\n`)).toBeUndefined();
  });
});
