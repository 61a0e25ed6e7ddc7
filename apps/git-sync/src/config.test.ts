import { expect, test } from 'vitest';
import { createConfig } from './config.ts';
import { parseFlags } from './parse-flags.ts';

const REQUIRED = ['--repo=https://git.example.com/team/site.git', '--root=/srv/site'];

function configOf(...argv: string[]) {
  return createConfig(parseFlags([...REQUIRED, ...argv], {}));
}

test('the link is the last part of the repository below the root, unless it is named', () => {
  expect(configOf().link).toBe('/srv/site/site.git');
  expect(configOf('--repo=https://git.example.com/team/site.git/').link).toBe('/srv/site/site.git');
  expect(configOf('--link=current').link).toBe('/srv/site/current');
  expect(configOf('--link=a/b').link).toBe('/srv/site/a/b');
  expect(configOf('--link=/elsewhere/site').link).toBe('/elsewhere/site');
});

test('the initial period is the period unless it is set', () => {
  expect(configOf('--period=3s')).toMatchObject({ periodMs: 3_000, initPeriodMs: 3_000 });
  expect(configOf('--period=3s', '--init-period=1s')).toMatchObject({ periodMs: 3_000, initPeriodMs: 1_000 });
});

test.each([
  [':9902', { host: undefined, port: 9902 }],
  ['0.0.0.0:9902', { host: '0.0.0.0', port: 9902 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:9902', { host: '::1', port: 9902 }],
])('--http-bind=%s', (bind, expected) => {
  expect(configOf(`--http-bind=${bind}`).httpBind).toEqual(expected);
});

test('files may be named below the root', () => {
  expect(configOf('--touch-file=done', '--error-file=/tmp/error')).toMatchObject({
    touchFile: '/srv/site/done',
    errorFile: '/tmp/error',
  });
});

test.each([
  [['--repo='], '--repo is required'],
  [['--root='], '--root is required'],
  [['--ref='], '--ref is required'],
  [['--period=9ms'], '--period is below 10ms'],
  [['--sync-timeout=1ms'], '--sync-timeout is below 10ms'],
  [['--depth=-1'], '--depth -1 is below 0'],
  [['--sync-on-signal=USR1'], '--sync-on-signal SIGUSR1 cannot be used for that'],
  [['--sync-on-signal=TERM'], '--sync-on-signal SIGTERM cannot be used for that'],
  [['--git='], '--git is required'],
  [['--filter=sparse:oid=x'], '--filter "sparse:oid=x" is not known'],
  [['--http-metrics'], '--http-metrics needs --http-bind'],
  [['--http-pprof'], '--http-pprof needs --http-bind'],
  [['--push-bind=:1'], '--push-bind and --push-secret-file need each other'],
  [['--allow-host=other.example.com'], 'the host git.example.com is not one of --allow-host'],
  [['--username=me'], '--username needs $GITSYNC_PASSWORD or --password-file, and not both'],
  [
    ['--username=me', '--password=a', '--password-file=b'],
    '--username needs $GITSYNC_PASSWORD or --password-file, and not both',
  ],
  [['--password-file=b'], 'a password without --username'],
  [['--repo=https://me@h/x', '--username=me', '--password=a'], 'there is a user in --repo and one in --username'],
  [['--askpass-url=unix:/x'], '--askpass-url is no http or https URL'],
  [['--webhook-url=x'], '--webhook-url is no http or https URL'],
  [['--webhook-url=http://h', '--webhook-timeout=1ms'], '--webhook-timeout is below 1s'],
  [['--webhook-url=http://h', '--webhook-success-status=7'], '--webhook-success-status 7 is no status'],
  [['--exechook-command=x', '--exechook-backoff=0'], '--exechook-backoff is below 1s'],
  [
    ['--pre-publish-exechook-command=x', '--pre-publish-exechook-timeout=0'],
    '--pre-publish-exechook-timeout is below 1s',
  ],
  [
    ['--git-config=protocol.ext.allow:always'],
    '--git-config protocol.ext.allow:always would allow a transport that is never used here',
  ],
  [
    ['--signal-arguments=('],
    '--signal-arguments "(" is no regular expression: Invalid regular expression: /(/u: Unterminated group',
  ],
  [['--http-bind=9902'], '--http-bind "9902" is not [HOST]:PORT'],
  [['--http-bind=:70000'], '--http-bind ":70000" is not [HOST]:PORT'],
  [['--link=.'], '--link "." is a place git-sync uses itself'],
  [['--link=.git/x'], '--link ".git/x" is a place git-sync uses itself'],
  [['--link=.worktrees'], '--link ".worktrees" is a place git-sync uses itself'],
])('%j is refused', (argv, message) => {
  expect(() => configOf(...argv)).toThrow(expect.objectContaining({ code: 'SETTING_INVALID', message }));
});

test('the initial phase fails as often as the steady one unless it is told otherwise', () => {
  expect(configOf('--max-failures=3')).toMatchObject({ maxFailures: 3, initMaxFailures: 3 });
  expect(configOf('--max-failures=3', '--init-max-failures=-1')).toMatchObject({ maxFailures: 3, initMaxFailures: -1 });
});

test('hosts are compared without regard to case', () => {
  expect(configOf('--allow-host=GIT.example.com', '--allow-host=x').repo.host).toBe('git.example.com');
});

test('--username is for the server of --repo, --credential for its own address', () => {
  const other = { url: 'https://other.example.com', username: 'you', 'password-file': '/p' };
  const { credentials } = configOf('--username=me', '--password=secret', `--credential=${JSON.stringify([other])}`);
  expect(credentials).toEqual([
    { url: 'https://git.example.com', username: 'me', password: 'secret' },
    { url: 'https://other.example.com', username: 'you', passwordFile: '/p' },
  ]);
});

test('--webhook-success-status=-1 is what 0 is, as in version 3', () => {
  expect(configOf('--webhook-url=http://h', '--webhook-success-status=-1').webhook?.successStatus).toBe(0);
});

test.each([
  '{}',
  'hunter2',
  '{"url":"https://h","username":"me"}',
  '{"url":"https://h","username":"me","password":"hunter2","password-file":"x"}',
  '{"url":"ssh://h","username":"me","password":"hunter2"}',
])('--credential=%s is refused without being quoted', (value) => {
  expect(() => configOf(`--credential=${value}`)).toThrow(
    expect.objectContaining({ code: 'SETTING_INVALID', message: expect.not.stringContaining('hunter2') }),
  );
});
