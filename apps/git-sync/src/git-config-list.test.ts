import { describe, expect, test } from 'vitest';
import { parseGitConfigList } from './git-config-list.ts';

test.each([
  ['', []],
  ['http.sslVerify:false', [['http.sslVerify', 'false']]],
  [
    'a.b:1,c.d:2',
    [
      ['a.b', '1'],
      ['c.d', '2'],
    ],
  ],
  ['"url.https://host/.insteadOf":"git@host:"', [['url.https://host/.insteadOf', 'git@host:']]],
  [
    String.raw`a.b:x\,y\n\t\"\\,c.d:"1,2\"3"`,
    [
      ['a.b', 'x,y\n\t"\\'],
      ['c.d', '1,2"3'],
    ],
  ],
  ['safe.directory:*', [['safe.directory', '*']]],
  ['a.b:', [['a.b', '']]],
  ['a.b:1,', [['a.b', '1']]],
])('%s', (text, expected) => {
  expect(parseGitConfigList('git-config', text)).toEqual(expected.map(([key, value]) => ({ key, value })));
});

describe('refused', () => {
  test.each([
    ['a.b', '--git-config: after "" comes no key with a colon'],
    ['a.b:1,c', '--git-config: after "a.b" comes no key with a colon'],
    ['nodot:1', '--git-config: "nodot" is no key of git\'s configuration'],
    ['"a.b\n.c":1', '--git-config: "a.b\\n.c" is no key of git\'s configuration'],
    ['a.b:"open', '--git-config: the value of a.b is not complete'],
    ['a.b:"x"y', '--git-config: the value of a.b is not complete'],
    [String.raw`a.b:\x`, String.raw`--git-config: "\x" is no escape`],
  ])('%j', (text, message) => {
    expect(() => parseGitConfigList('git-config', text)).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', message }),
    );
  });
});
