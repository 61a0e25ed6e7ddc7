/** Nothing is published before it was judged, and what is refused leaves the link where it is. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { createPublishGate } from './publish-gate.ts';
import { Remote } from './test-support/remote.ts';
import { runProgram } from './test-support/run-program.ts';
import { startSyncer, type TestSyncer } from './test-support/syncer.ts';

const SIGNAL = new AbortController().signal;

/** A syncer with the gate as the program has it. */
async function startGated(remote: Remote, ...flags: readonly string[]): Promise<TestSyncer & { counts: string[] }> {
  const counts: string[] = [];
  const syncer = await startSyncer(remote, {
    flags,
    onBeforePublish: async (candidate, config, git, layout) => {
      const log = createLogger({ service: 'test', level: 'silent' });
      const metrics = { countHook: (name: string, status: string) => counts.push(`${name} ${status}`) };
      const environment = { PATH: process.env['PATH'], GITSYNC_PASSWORD: 'hunter2', MORE: 'yes' };
      await createPublishGate({ config, layout, git, environment, log, metrics })(candidate, SIGNAL);
    },
  });
  return Object.assign(syncer, { counts });
}

function writeScript(remote: Remote, text: string): string {
  const path = join(remote.folder, 'judge');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('--pre-publish-exechook-command', () => {
  test('decides: the link moves only to what it has let pass', async () => {
    using remote = new Remote();
    const command = writeScript(remote, 'test "$(cat a)" != bad || { echo "a is bad" >&2; exit 1; }');
    await using syncer = await startGated(remote, `--pre-publish-exechook-command=${command}`);
    const good = remote.commit({ a: 'good' });
    await syncer.sync();
    const bad = remote.commit({ a: 'bad' });
    for (let count = 0; count < 2; count += 1) {
      await expect(syncer.sync()).rejects.toMatchObject({
        code: 'PRE_PUBLISH_REFUSED',
        message: expect.stringMatching(new RegExp(`^commit ${bad} was refused: .* ended with 1: a is bad$`)),
      });
      expect([remote.published(), remote.read('a')]).toEqual([good, 'good']);
      expect(readdirSync(syncer.layout.worktrees)).toEqual([good]);
    }
    const better = remote.commit({ a: 'better' });
    expect(await syncer.sync()).toEqual({ hash: better, previousHash: good });
    const [error, success] = ['pre-publish-exechook error', 'pre-publish-exechook success'];
    expect(syncer.counts).toEqual([success, error, error, success]);
  });

  test('runs in the tree before it is published, once for a commit, without our secrets', async () => {
    using remote = new Remote();
    const out = join(remote.folder, 'out');
    const command = writeScript(
      remote,
      `{ pwd; cat a; echo; env; test -e ${remote.link} && echo published; } >> ${out}; exit 0`,
    );
    await using syncer = await startGated(remote, `--pre-publish-exechook-command=${command}`);
    const hash = remote.commit({ a: 'text' });
    await syncer.sync();
    await syncer.sync();
    const lines = readFileSync(out, 'utf8').split('\n');
    expect(lines.slice(0, 2)).toEqual([join(syncer.layout.worktrees, hash), 'text']);
    expect(lines).toContain(`GITSYNC_HASH=${hash}`);
    expect(lines).toContain('MORE=yes');
    expect(lines.filter((line) => /published|hunter2/.test(line))).toEqual([]);
    expect(syncer.counts).toHaveLength(1);
  });

  test('that takes too long refuses', async () => {
    using remote = new Remote();
    const command = writeScript(remote, 'exec sleep 60');
    const flags = [`--pre-publish-exechook-command=${command}`, '--pre-publish-exechook-timeout=1s'];
    await using syncer = await startGated(remote, ...flags);
    remote.commit({ a: '1' });
    await expect(syncer.sync()).rejects.toMatchObject({ message: expect.stringContaining('did not end within 1s') });
    expect(remote.published()).toBeUndefined();
  });
});

describe('symlinks that lead out of the tree', () => {
  test('are not published, unless told', async () => {
    using remote = new Remote();
    const first = remote.commit({ a: '1', inside: { symlink: 'a' } });
    {
      await using syncer = await startGated(remote);
      await syncer.sync();
      expect(remote.read('inside')).toBe('1');
      remote.commit({ 'sub/secret': { symlink: '../../../.git/config' } });
      await expect(syncer.sync()).rejects.toMatchObject({
        code: 'OUTSIDE_SYMLINK',
        message: expect.stringContaining('"sub/secret"'),
      });
      expect(remote.published()).toBe(first);
    }
    await using trusting = await startGated(remote, '--allow-outside-symlinks');
    await trusting.sync();
    expect(remote.read('sub/secret')).toContain('[core]');
  });
});

describe('--verify-signatures', () => {
  /** A repository to commit in, with two keys of which `good` is allowed. */
  function signedRemote() {
    const remote = new Remote();
    const keys = join(remote.folder, 'keys');
    mkdirSync(keys);
    for (const name of ['good', 'bad']) {
      runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(keys, name)]);
    }
    const signers = join(remote.folder, 'allowed-signers');
    writeFileSync(signers, `test@example.com ${readFileSync(join(keys, 'good.pub'), 'utf8')}`);
    const signWith = (key: string) => ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${join(keys, key)}`];
    const commit = (text: string, key?: string) => {
      const plain = remote.commit({ a: text });
      if (key === undefined) return plain;
      const args = ['commit-tree', '-S', '-m', text, `${plain}^{tree}`];
      const hash = remote.git([...signWith(key), ...args]);
      remote.git(['update-ref', 'refs/heads/main', hash]);
      return hash;
    };
    const tag = (name: string, target: string, key: string) =>
      remote.git([...signWith(key), 'tag', '-s', '-m', name, name, target]);
    return { remote, commit, tag, signers, [Symbol.dispose]: () => remote[Symbol.dispose]() };
  }

  test('publishes commits of allowed signers, and no others', async () => {
    using signed = signedRemote();
    const { remote, commit, signers } = signed;
    await using syncer = await startGated(remote, `--verify-signatures=${signers}`);
    const good = commit('1', 'good');
    await syncer.sync();
    for (const key of ['bad', undefined]) {
      const refused = commit(`2 ${key}`, key);
      await expect(syncer.sync()).rejects.toMatchObject({
        code: 'SIGNATURE_REFUSED',
        message: expect.stringContaining(`commit ${refused} is not signed by anyone`),
      });
      expect(remote.published()).toBe(good);
    }
    const next = commit('3', 'good');
    expect(await syncer.sync()).toMatchObject({ hash: next });
  });

  test('a signed tag is enough, but not under another name', async () => {
    using signed = signedRemote();
    const { remote, commit, tag, signers } = signed;
    const hash = commit('1');
    tag('v1', hash, 'good');
    remote.git(['update-ref', 'refs/tags/v2', 'refs/tags/v1']);
    tag('v3', hash, 'bad');
    for (const name of ['v2', 'v3']) {
      await using syncer = await startGated(remote, `--verify-signatures=${signers}`, `--ref=${name}`);
      await expect(syncer.sync()).rejects.toMatchObject({ code: 'SIGNATURE_REFUSED' });
      expect(remote.published()).toBeUndefined();
    }
    await using syncer = await startGated(remote, `--verify-signatures=${signers}`, '--ref=v1');
    expect(await syncer.sync()).toMatchObject({ hash });
  });

  test('a signature of another kind starts no other program, and is refused', async () => {
    using signed = signedRemote();
    const { remote, signers } = signed;
    const plain = remote.commit({ a: '1' });
    const body = remote.git(['cat-file', 'commit', plain]);
    const pgp = ['-----BEGIN PGP SIGNATURE-----', '', 'aaaa', '-----END PGP SIGNATURE-----'].join('\n ');
    const forged = `${body.replace(/^(committer .*)$/m, `$1\ngpgsig ${pgp}`)}\n`;
    const hash = remote.git(['hash-object', '-t', 'commit', '-w', '--stdin'], forged);
    remote.git(['update-ref', 'refs/heads/main', hash]);
    await using syncer = await startGated(remote, `--verify-signatures=${signers}`);
    await expect(syncer.sync()).rejects.toMatchObject({ code: 'SIGNATURE_REFUSED' });
    expect(existsSync(remote.link)).toBe(false);
  });
});
