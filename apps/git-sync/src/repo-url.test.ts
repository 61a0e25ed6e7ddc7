import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseRepoUrl, redactUrl } from './repo-url.ts';

describe('addresses that are allowed', () => {
  test.each([
    ['https://git.example.com/team/site.git', 'https', 'git.example.com'],
    ['http://git-server/site.git', 'http', 'git-server'],
    ['http://Git-Server:8080/site.git', 'http', 'git-server'],
    ['ssh://git@git.example.com:2222/team/site.git', 'ssh', 'git.example.com'],
    ['ssh://git.example.com/site.git', 'ssh', 'git.example.com'],
    ['ssh://git@git.example.com/~me/site.git', 'ssh', 'git.example.com'],
    ['git@git.example.com:team/site.git', 'ssh', 'git.example.com'],
    ['git@[2001:DB8::1]:site.git', 'ssh', '2001:db8::1'],
    ['http://[2001:DB8::1]/site.git', 'http', '2001:db8::1'],
    ['file:///srv/git/site.git', 'file', undefined],
    ['/srv/git/my site.git', 'file', undefined],
  ])('%s', (text, protocol, host) => {
    expect(parseRepoUrl(text)).toEqual({ url: text, protocol, ...(host === undefined ? {} : { host }) });
  });

  test('a relative path is made absolute', () => {
    expect(parseRepoUrl('./site.git')).toEqual({ url: resolve('site.git'), protocol: 'file' });
    expect(parseRepoUrl('../site.git')).toEqual({ url: resolve('../site.git'), protocol: 'file' });
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
    'site.git',
    '/srv/a\nb',
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

test('user and password leave the URL', () => {
  expect(parseRepoUrl('https://me:p%40ss@git.example.com/site.git')).toEqual({
    url: 'https://git.example.com/site.git',
    protocol: 'https',
    host: 'git.example.com',
    credential: { username: 'me', password: 'p@ss' },
  });
});

test('an error about a URL does not quote its password', () => {
  expect(() => parseRepoUrl('ssh://git:hunter2@host/x')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
  expect(redactUrl('https://me:hun/ter@2@host/x')).toBe('https://REDACTED@host/x');
});
