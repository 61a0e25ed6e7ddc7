import { describe, expect, test } from 'vitest';
import { parseRepoUrl, redactUrl } from './repo-url.ts';

describe('addresses that are allowed', () => {
  test.each([
    ['https://git.example.com/team/site.git', 'https'],
    ['http://git-server/site.git', 'http'],
    ['http://git-server:8080/site.git', 'http'],
    ['ssh://git@git.example.com:2222/team/site.git', 'ssh'],
    ['ssh://git.example.com/site.git', 'ssh'],
    ['git@git.example.com:team/site.git', 'ssh'],
    ['git@[2001:db8::1]:site.git', 'ssh'],
    ['file:///srv/git/site.git', 'file'],
  ])('%s', (text, protocol) => {
    expect(parseRepoUrl(text)).toEqual({ url: text, protocol });
  });
});

describe('addresses that are refused', () => {
  test.each([
    'ext::sh -c touch% /tmp/x',
    'ext::sh',
    'EXT::sh',
    'fd::7',
    'https::https://git.example.com/x',
    'git://git.example.com/x',
    'ftp://git.example.com/x',
    'HTTPS://git.example.com/x',
    '--upload-pack=touch /tmp/x',
    '-u',
    'git@-oProxyCommand=x:y',
    'git@host:-x',
    '-oProxyCommand=x@host:y',
    'ssh://-oProxyCommand=x/y',
    'ssh://git@-oProxyCommand=x/y',
    'ssh://git:secret@host/x',
    'ssh://host/-x',
    '/srv/git/site.git',
    './site.git',
    'site.git',
    'file://host/x',
    'https://host/a\nb',
    'https://host/a%0ab',
    'https://host/a?service=x',
    'https://',
    '',
  ])('%j', (text) => {
    expect(() => parseRepoUrl(text)).toThrow(expect.objectContaining({ code: 'REPO_REFUSED' }));
  });
});

test('user and password leave the URL and become a basic credential of that origin', () => {
  expect(parseRepoUrl('https://me:p%40ss@git.example.com/site.git')).toEqual({
    url: 'https://git.example.com/site.git',
    protocol: 'https',
    credential: { origin: 'https://git.example.com', basic: Buffer.from('me:p@ss').toString('base64') },
  });
});

test('an error about a URL does not quote its password', () => {
  expect(() => parseRepoUrl('ssh://git:hunter2@host/x')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
  expect(redactUrl('https://me:hun/ter@2@host/x')).toBe('https://REDACTED@host/x');
});
