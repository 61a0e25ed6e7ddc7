/** git-sync behind a network that fails: a bounded time, the last good tree, no git left over, and then the new commit. */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { startGitSync, type LogLine } from '../../apps/git-sync/src/test-support/git-sync-process.ts';
import { serveOverHttp } from '../../apps/git-sync/src/test-support/http-remote.ts';
import { Remote } from '../../apps/git-sync/src/test-support/remote.ts';
import { argumentsOf, processIds } from '../../apps/runtime/src/test-support/process-tree.ts';
import { ensureToxiproxy, startFaultyLink, type FaultyLink, type Toxic } from './toxiproxy.ts';

const BUILD_TIMEOUT_MS = 400_000;
const TIMEOUT_MS = 120_000;
/** Too much for one buffer on the way, and nothing that git could make small. */
const LARGE = randomBytes(300_000).toString('base64');

const toxic = (type: Toxic['type'], attributes: Toxic['attributes']) => (link: FaultyLink) =>
  link.break({ type, attributes });

const FAULTS: readonly (readonly [what: string, codes: RegExp, strike: (link: FaultyLink) => Promise<void>])[] = [
  ['the server is away', /^REMOTE_UNREACHABLE$/, (link) => link.cut()],
  ['connections are reset at once', /^(TRANSFER_BROKEN|GIT_FAILED)$/, toxic('reset_peer', { timeout: 0 })],
  ['connections end in the middle of a pack', /^TRANSFER_BROKEN$/, toxic('limit_data', { bytes: 20_000 })],
  ['nothing arrives any more', /^(SYNC_TIMEOUT|TRANSFER_BROKEN)$/, toxic('timeout', { timeout: 0 })],
  ['a kilobyte a second arrives', /^SYNC_TIMEOUT$/, toxic('bandwidth', { rate: 1 })],
];

beforeAll(async () => void (await ensureToxiproxy()), BUILD_TIMEOUT_MS);

describe('when', () => {
  test.each(FAULTS)('%s, the tree stays, and is followed by the next one', { timeout: TIMEOUT_MS }, async (...args) => {
    const [, codes, strike] = args;
    using remote = new Remote();
    const first = remote.commit({ a: '1' });
    await using server = await serveOverHttp(remote);
    await using link = await startFaultyLink(server.origin);
    const flags = ['--period=100ms', '--sync-timeout=4s', '--max-failures=-1', '--link=current', '--ref=main'];
    await using gitSync = startGitSync([`--repo=${link.origin}/site.git`, `--root=${remote.root}`, ...flags]);
    await gitSync.waitForLine('published');
    await strike(link);
    const second = remote.commit({ a: '2', large: LARGE });
    const failed = ({ code }: LogLine) => codes.test(String(code));
    await gitSync.waitForLine('sync failed, will try again', failed);
    expect([remote.published(), remote.read('a')]).toEqual([first, '1']);
    await link.mend();
    await gitSync.waitForLine('published', ({ hash }) => hash === second);
    expect(remote.read('large')).toBe(LARGE);
    gitSync.child.kill();
    expect(await gitSync.waitForExit()).toBe(0);
    // Nothing of the attempts that were cut off goes on.
    expect(processesWith(`${link.origin}/site.git`)).toEqual([]);
  });

  test('all comes in small pieces and late, it is published all the same', { timeout: TIMEOUT_MS }, async () => {
    using remote = new Remote();
    remote.commit({ a: '1', large: LARGE });
    await using server = await serveOverHttp(remote);
    await using link = await startFaultyLink(server.origin);
    await link.break({ type: 'slicer', attributes: { average_size: 500, size_variation: 300, delay: 10 } });
    await link.break({ type: 'latency', attributes: { latency: 100, jitter: 50 } });
    const flags = ['--one-time', '--link=current', '--ref=main'];
    await using gitSync = startGitSync([`--repo=${link.origin}/site.git`, `--root=${remote.root}`, ...flags]);
    expect(await gitSync.waitForExit()).toBe(0);
    expect(remote.read('large')).toBe(LARGE);
  });

  test('a server stalls in the middle of a pack, git gives up by itself', { timeout: TIMEOUT_MS }, async () => {
    using remote = new Remote();
    remote.commit({ a: '1', large: LARGE });
    await using server = await serveOverHttp(remote);
    await using link = await startFaultyLink(server.origin);
    await link.break({ type: 'bandwidth', attributes: { rate: 1 } });
    const speed = '--git-config=http.lowSpeedLimit:50000,http.lowSpeedTime:2';
    const flags = [speed, '--one-time', '--link=current', '--ref=main', '--sync-timeout=10m'];
    await using gitSync = startGitSync([`--repo=${link.origin}/site.git`, `--root=${remote.root}`, ...flags]);
    expect(await gitSync.waitForExit()).toBe(1);
    const failure = gitSync.lines.find(({ msg }) => msg === 'sync failed, giving up');
    expect(failure).toMatchObject({ code: 'TRANSFER_BROKEN', reason: expect.stringContaining('too slow') });
  });

  test('the name of the server is unknown, that is said', async () => {
    using remote = new Remote();
    const flags = ['--one-time', '--link=current', '--ref=main'];
    await using gitSync = startGitSync(['--repo=http://git.invalid/site.git', `--root=${remote.root}`, ...flags]);
    expect(await gitSync.waitForExit()).toBe(1);
    const failure = gitSync.lines.find(({ msg }) => msg === 'sync failed, giving up');
    expect(failure).toMatchObject({ code: 'HOST_NOT_FOUND' });
  });
});

/** The arguments of all processes that have this among them. */
function processesWith(text: string): string[] {
  return processIds()
    .map((pid) => argumentsOf(pid).join(' '))
    .filter((line) => line.includes(text));
}
