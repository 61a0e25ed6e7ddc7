/** Two runs at once on the real cluster: one works, the other waits and says for whom. */
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';
import { KIT_SCOPE } from '../../scripts/deploy/kit.ts';
import { createKubeClient } from '../../scripts/deploy/kube-client.ts';
import { loadKubeConfig } from '../../scripts/deploy/kube-config.ts';
import { describeHolder } from '../../scripts/deploy/lease-holder.ts';
import { holderOf, leaseRef } from '../../scripts/deploy/lease-object.ts';
import { acquireLease } from '../../scripts/deploy/lease.ts';
import { runScript, runUp } from '../support/kit.ts';
import { root } from '../support/root.ts';

/** The quickest of them: nothing of it is checked with traffic. */
const ONLY = ['--only', 'adapter-batch'];
const client = await createKubeClient(await loadKubeConfig(inject('kubeconfigPath')));

function startUp() {
  const child = execa(process.execPath, ['scripts/main.ts', 'up', ...ONLY], { cwd: root, reject: false, all: true });
  let text = '';
  child.all.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const says = (part: string) => expect.poll(() => text, { timeout: 60_000 }).toContain(part);
  return { child, says };
}

test('two runs wait for a third, and then for each other; one that may not wait ends with 75', async () => {
  const signal = new AbortController().signal;
  const holder = await describeHolder('test');
  const runs = [];
  {
    await using lease = await acquireLease({ client, scope: KIT_SCOPE, holder, waitMs: 60_000, signal });
    runs.push(startUp(), startUp());
    await Promise.all(runs.map(({ says }) => says(`waiting for test by`)));
    for (const command of ['up', 'down']) {
      const { exitCode, stderr } = await runScript(command, ['--wait', '0']);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 75,
        stderr: expect.stringMatching(new RegExp(`LEASE_HELD: test by \\S+, process ${process.pid}, is at work`)),
      });
    }
    expect(lease.signal.aborted).toBe(false);
  }
  const [first, second] = await Promise.all(runs.map(({ child }) => child));
  expect([first?.exitCode, second?.exitCode]).toEqual([0, 0]);
  const pids = runs.map(({ child }) => child.pid);
  const waits = [first?.all, second?.all].map((text, index) => text?.includes(`process ${pids[1 - index]}`));
  expect(waits.filter((hasWaited) => hasWaited === true)).toHaveLength(1);
});

test('a run that was killed is not waited for', async () => {
  const { child, says } = startUp();
  await says('✓ Lease');
  child.kill('SIGKILL');
  await child;
  expect(holderOf(await client.read(leaseRef(KIT_SCOPE)))).toContain(`process ${child.pid}`);
  await runUp({ args: [...ONLY, '--wait', '0'] });
  expect(holderOf(await client.read(leaseRef(KIT_SCOPE)))).toBeUndefined();
});
