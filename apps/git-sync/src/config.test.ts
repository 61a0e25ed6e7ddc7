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
  [['--sync-on-signal=TERM'], '--sync-on-signal SIGTERM cannot be used for that'],
  [['--http-bind=9902'], '--http-bind "9902" is not [HOST]:PORT'],
  [['--http-bind=:70000'], '--http-bind ":70000" is not [HOST]:PORT'],
  [['--link=.'], '--link "." is a place git-sync uses itself'],
  [['--link=.git/x'], '--link ".git/x" is a place git-sync uses itself'],
  [['--link=.worktrees'], '--link ".worktrees" is a place git-sync uses itself'],
])('%j is refused', (argv, message) => {
  expect(() => configOf(...argv)).toThrow(expect.objectContaining({ code: 'SETTING_INVALID', message }));
});
