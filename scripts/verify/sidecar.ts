/** The sidecar: a pushed commit is served, and nginx has reloaded. Afterwards the content is as it was. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { Host } from '../host/host.ts';
import { expectEqual, poll } from './poll.ts';
import type { VerifyContext } from './verify.ts';

const TIMEOUT_MS = 60_000;

/** By it a commit of an earlier check is recognised that was interrupted before it could take it back. */
const AUTHOR_EMAIL = 'verification@pod-patterns.invalid';

const ATTEMPTS = 5;

/** Pushes a commit with a file and a changed setting, sees both from outside, and takes the commit back. */
export async function verifySidecar({ urls, host }: VerifyContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pod-patterns-'));
  const git = gitIn(host, folder);
  try {
    const options = { what: 'the git server', timeoutMs: TIMEOUT_MS, signal: host.signal };
    await poll(options, () => git('clone', '--quiet', `${urls['git-server']}/site.git`, '.'));
    await dropOwnCommits(git);

    const id = randomUUID();
    await writeFile(join(folder, `verify-${id}.txt`), `${id}\n`);
    // Beside the learner's own settings, which may say anything by now.
    await mkdir(join(folder, 'nginx'), { recursive: true });
    await writeFile(join(folder, `nginx/verify-${id}.conf`), `add_header X-Verification "${id}" always;\n`);
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'Verification: this commit is taken back at once');
    const startMs = performance.now();
    await pushWithRetry(git);
    let seconds: string;
    try {
      await expectSite(urls.sidecar, host, { id, isServed: true });
      seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    } finally {
      await dropOwnCommits(git);
    }
    await expectSite(urls.sidecar, host, { id, isServed: false });
    return `a commit was served, with its nginx setting, ${seconds} s after the push began; then it was taken back`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function expectSite(url: string, host: Host, { id, isServed }: { id: string; isServed: boolean }): Promise<void> {
  const what = isServed ? 'the pushed commit on the site' : 'the site without the commit';
  await poll({ what, timeoutMs: TIMEOUT_MS, signal: host.signal }, async () => {
    const response = await fetch(`${url}/verify-${id}.txt`, { signal: AbortSignal.timeout(5_000) });
    expectEqual('the status of the new file', response.status, isServed ? 200 : 404);
    // The setting is part of nginx's configuration: only a reload brings it into effect.
    expectEqual('the header X-Verification', response.headers.get('x-verification'), isServed ? id : null);
  });
}

type Git = (...args: string[]) => Promise<string>;

/** Takes the commits of checks out of main, those of a learner that were pushed on top of them stay. */
async function dropOwnCommits(git: Git): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    await git('fetch', '--quiet', 'origin', 'main');
    await git('checkout', '--quiet', '--force', '-B', 'main', 'origin/main');
    const log = await git('log', '--format=%H %ae', 'origin/main');
    const own = log
      .split('\n')
      .filter((line) => line.endsWith(` ${AUTHOR_EMAIL}`))
      .map((line) => line.split(' ')[0] ?? '');
    if (own.length === 0) return;
    for (const commit of own) await git('rebase', '--quiet', '--onto', `${commit}^`, commit, 'main');
    const [tip] = log.split(' ');
    const pushed = await git('push', '--quiet', `--force-with-lease=main:${tip}`, 'origin', 'main').then(
      () => true,
      () => false, // somebody pushed in between: look again
    );
    if (pushed) return;
  }
  throw new AppError(
    'VERIFY_FAILED',
    'cannot take the verification commit out of site.git: others push all the time',
    'Wait until nobody pushes, then run npm run up again: it removes the commit.',
  );
}

async function pushWithRetry(git: Git): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await git('push', '--quiet', 'origin', 'main');
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await git('pull', '--quiet', '--rebase', 'origin', 'main');
    }
  }
}

/** Git in that folder, deaf to the user's own configuration: hooks, signing, prompts. */
function gitIn(host: Host, cwd: string): Git {
  const env = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' };
  const identity = ['-c', 'user.name=pod-patterns verification', '-c', `user.email=${AUTHOR_EMAIL}`];
  return (...args) => host.run('git', [...identity, ...args], { cwd, env, timeoutMs: 30_000 });
}
