/** Containers that end are started again, and what they serve comes back. */
import { expect, test } from 'vitest';
import { connectToKit, NAMESPACE } from '../support/kit.ts';

const { core, pods, urls } = await connectToKit();

/** Ends the Node.js program of a container from inside, as a crash would. */
const END_MAIN = `
  const fs = require('fs');
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name) && name !== String(process.pid))) {
    const line = fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8');
    if (line.includes('/app/main.cjs')) process.kill(Number(pid), 'SIGTERM');
  }`;

async function containerState(name: string, container: string) {
  const { status } = await core.readNamespacedPod({ name, namespace: NAMESPACE });
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.find((candidate) => candidate.name === container);
}

test.each([
  ['ambassador', 'ambassador', '/orders/3'],
  ['ambassador', 'legacy-app', '/orders/3'],
  ['sidecar', 'git-sync', '/'],
  ['adapter', 'log-adapter', '/metrics'],
])('Pod %s: the container %s ends, is started again, and the Pod serves', async (deployment, container, path) => {
  const name = await pods.podName(deployment);
  const before = await containerState(name, container);
  await pods.exec(deployment, container, ['node', '-e', END_MAIN]).catch(() => undefined); // the exec may end with it
  await expect
    .poll(async () => containerState(name, container), { timeout: 120_000, interval: 500 })
    .toSatisfy(
      (after: typeof before) => (after?.restartCount ?? 0) > (before?.restartCount ?? 0) && after?.ready === true,
    );
  const after = await containerState(name, container);
  expect(after?.lastState?.terminated).toMatchObject({ exitCode: 0 });
  await expect
    .poll(async () => (await fetch(`${urls[deployment]}${path}`).catch(() => undefined))?.status, { timeout: 60_000 })
    .toBe(200);
});
