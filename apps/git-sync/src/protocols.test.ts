import { expect, test } from 'vitest';
import { submoduleProtocols } from './protocols.ts';

test.each([
  [[], ['http', 'https', 'ssh']],
  [[['protocol.file.allow', 'always']], ['http', 'https', 'ssh', 'file']],
  [[['protocol.file.allow', 'user']], ['http', 'https', 'ssh']],
  [[['protocol.http.allow', 'never']], ['https', 'ssh']],
  [
    [
      ['protocol.allow', 'never'],
      ['Protocol.https.Allow', 'always'],
    ],
    ['https'],
  ],
  [[['protocol.ext.allow', 'never']], ['http', 'https', 'ssh']],
] as const)('%j', (settings, expected) => {
  expect(submoduleProtocols(settings.map(([key, value]) => ({ key, value })))).toEqual(expected);
});

test.each([
  ['protocol.ext.allow', 'always'],
  ['protocol.ext.allow', 'user'],
  ['PROTOCOL.fd.ALLOW', 'always'],
  ['protocol.EXT.allow', 'always'],
  ['protocol.git.allow', 'always'],
])('%s=%s is refused', (key, value) => {
  expect(() => submoduleProtocols([{ key, value }])).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }));
});
