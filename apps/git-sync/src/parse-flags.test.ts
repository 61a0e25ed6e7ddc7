import { describe, expect, test } from 'vitest';
import { parseFlags, secretVariables } from './parse-flags.ts';

test('what is not set has the defaults of kubernetes/git-sync', () => {
  expect(parseFlags([], {})).toMatchObject({
    ref: 'HEAD',
    depth: 1,
    period: 10_000,
    'sync-timeout': 120_000,
    'max-failures': 0,
    'stale-worktree-timeout': 0,
    'one-time': false,
    signal: 'SIGHUP',
  });
});

test.each([
  [['--period=1m30s'], { period: 90_000 }],
  [['--period', '2s'], { period: 2_000 }],
  [['--one-time'], { 'one-time': true }],
  [['--one-time=false'], { 'one-time': false }],
  [['-v', '3'], { verbose: 3 }],
  [['-v3'], { verbose: 3 }],
  [['-v=3'], { verbose: 3 }],
  [['--max-failures', '-1'], { 'max-failures': -1 }],
  [['--signal=usr1'], { signal: 'SIGUSR1' }],
  [['--sync-on-signal=1'], { 'sync-on-signal': 'SIGHUP' }],
  [['--repo=a', '--repo=b'], { repo: 'b' }],
  [['--link='], { link: '' }],
  [['-h'], { help: true }],
])('%j', (argv, expected) => {
  expect(parseFlags(argv, {})).toMatchObject(expected);
});

test('a variable sets what its flag would, and the flag wins', () => {
  const environment = { GITSYNC_MAX_FAILURES: '3', GITSYNC_ONE_TIME: 'T', GITSYNC_PERIOD: '1s', PATH: '/bin' };
  expect(parseFlags(['--period=2s'], environment)).toMatchObject({
    'max-failures': 3,
    'one-time': true,
    period: 2_000,
  });
});

describe('a wrong command line is refused with code FLAG_INVALID', () => {
  test.each([
    [['--perod=1s'], 'there is no flag --perod; did you mean --period?'],
    [['--quite-another'], 'there is no flag --quite-another'],
    [['-x'], 'there is no flag -x'],
    [['--period'], '--period needs a value'],
    [['--period=ten'], '--period: "ten" is not a duration such as 500ms, 10s or 1m30s'],
    [['--depth=1.5'], '--depth: "1.5" is not a whole number'],
    [['--one-time=maybe'], '--one-time: "maybe" is neither true nor false'],
    [['--signal=NOPE'], '--signal: "NOPE" is not a signal such as SIGHUP, HUP or 1'],
    [['--sync-on-signal=NOPE'], '--sync-on-signal: "NOPE" is not a signal such as SIGHUP, HUP or 1'],
    [['https://me:secret@host/x'], '"https://REDACTED@host/x" is not a flag'],
    [['--'], '"--" is not a flag'],
  ])('%j', (argv, message) => {
    expect(() => parseFlags(argv, {})).toThrow(expect.objectContaining({ code: 'FLAG_INVALID', message }));
  });
});

describe('a wrong variable is refused with code VARIABLE_INVALID', () => {
  test.each([
    [{ GITSYNC_PEROID: '1s' }, 'there is no variable GITSYNC_PEROID; did you mean GITSYNC_PERIOD?'],
    [{ GITSYNC_PERIOD: 'ten' }, 'GITSYNC_PERIOD: "ten" is not a duration such as 500ms, 10s or 1m30s'],
    [{ GITSYNC_HELP: '1' }, 'there is no variable GITSYNC_HELP'],
  ])('%j', (environment, message) => {
    const expected = { code: 'VARIABLE_INVALID', message: expect.stringContaining(message) };
    expect(() => parseFlags([], environment)).toThrow(expect.objectContaining(expected));
  });
});

test('the variables that Kubernetes sets for a Service named gitsync are none of ours', () => {
  const environment = {
    GITSYNC_SERVICE_HOST: '10.0.0.1',
    GITSYNC_SERVICE_PORT: '80',
    GITSYNC_SERVICE_PORT_HTTP: '80',
    GITSYNC_PORT: 'tcp://10.0.0.1:80',
    GITSYNC_PORT_80_TCP: 'tcp://10.0.0.1:80',
    GITSYNC_PORT_80_TCP_ADDR: '10.0.0.1',
  };
  expect(() => parseFlags([], environment)).not.toThrow();
});

describe('names that are out of date work, with a warning', () => {
  test.each([
    [['--branch=main'], {}, { ref: 'main' }, '--branch is out of date: use --ref'],
    [['--rev', 'v1'], {}, { ref: 'v1' }, '--rev is out of date: use --ref'],
    [['--dest=x'], {}, { link: 'x' }, '--dest is out of date: use --link'],
    [['--wait=1.5'], {}, { period: 1_500 }, '--wait is out of date: use --period'],
    [['--timeout=30'], {}, { 'sync-timeout': 30_000 }, '--timeout is out of date: use --sync-timeout'],
    [['--max-sync-failures=3'], {}, { 'max-failures': 3 }, '--max-sync-failures is out of date: use --max-failures'],
    [['--ssh', '--depth=2'], {}, { depth: 2 }, '--ssh is out of date'],
    [['--v=3'], {}, { verbose: 3 }, '--v is out of date: use --verbose'],
    [[], { GIT_SYNC_REPO: 'x' }, { repo: 'x' }, 'GIT_SYNC_REPO is out of date: use GITSYNC_REPO'],
    [[], { GIT_SYNC_WAIT: '2' }, { period: 2_000 }, 'GIT_SYNC_WAIT is out of date: use GITSYNC_PERIOD'],
    [
      [],
      { GIT_KNOWN_HOSTS: 'false' },
      { 'ssh-known-hosts': false },
      'GIT_KNOWN_HOSTS is out of date: use GITSYNC_SSH_KNOWN_HOSTS',
    ],
  ])('%j %j', (argv, environment, expected, warning) => {
    const warnings: string[] = [];
    expect(parseFlags(argv, environment, (message) => warnings.push(message))).toMatchObject(expected);
    expect(warnings).toEqual([warning]);
  });

  test('and lose against those that are not', () => {
    expect(parseFlags([], { GITSYNC_REF: 'new', GIT_SYNC_BRANCH: 'old' })).toMatchObject({ ref: 'new' });
  });
});

describe('what is not supported is refused, and says so', () => {
  test.each(['--github-app-client-id=1', '--github-base-url=x', '--change-permissions=7'])('%s', (argument) => {
    expect(() => parseFlags([argument], {})).toThrow(
      expect.objectContaining({ code: 'FLAG_INVALID', message: expect.stringMatching(/not supported|went away/) }),
    );
  });

  test('as a variable too', () => {
    expect(() => parseFlags([], { GITSYNC_GITHUB_APP_PRIVATE_KEY: 'x' })).toThrow(
      expect.objectContaining({ code: 'VARIABLE_INVALID', message: expect.stringContaining('not supported') }),
    );
  });
});

test('flags that may be repeated are joined as their variables are', () => {
  expect(parseFlags(['--ssh-key-file=/a', '--ssh-key-file=/b'], {})).toMatchObject({ 'ssh-key-file': '/a:/b' });
  expect(parseFlags(['--allow-host=a', '--allow-host=b'], {})).toMatchObject({ 'allow-host': 'a,b' });
  expect(parseFlags([], { GITSYNC_SSH_KEY_FILE: '/a:/b' })).toMatchObject({ 'ssh-key-file': '/a:/b' });
});

test('-? asks for help', () => {
  expect(parseFlags(['-?'], {})).toMatchObject({ help: true });
});

test('a value that may be a secret is in no error', () => {
  expect(() => parseFlags([], { GITSYNC_PERIOD: 'https://me:hunter2@h' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
});

test('the variables that may hold a secret are known, the old ones too', () => {
  const environment = {
    GITSYNC_PASSWORD: '',
    GIT_SYNC_PASSWORD: '',
    GITSYNC_CREDENTIAL: '',
    GITSYNC_REPO: '',
    PATH: '',
  };
  expect(secretVariables({ ...environment, GITSYNC_ROOT: '' }).toSorted()).toEqual(
    ['GITSYNC_PASSWORD', 'GIT_SYNC_PASSWORD', 'GITSYNC_CREDENTIAL', 'GITSYNC_REPO'].toSorted(),
  );
});
