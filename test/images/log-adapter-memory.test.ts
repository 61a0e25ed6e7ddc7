/** The image of log-adapter in a container of 128 MiB: the kernel would end it if it took more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { docker, removeLeftovers, RestrictedContainer, TEST_LABEL } from '../support/containers.ts';
import { imageNodeFlags } from '../support/image-node-flags.ts';
import { createPodContainer } from '../support/pod-container.ts';
import { root } from '../support/root.ts';

const MEMORY_BYTES = 128 * 2 ** 20;
const LINES = 150_000;
/** Whatever fills up has filled up by then; the campaign log-adapter-memory stalls for a minute. */
const STALL_MS = 5_000;
const SHARED = '/shared';
const CONFIG = { inputs: [{ path: `${SHARED}/app.log`, service: 'app' }], stateDir: '/state' };

beforeAll(removeLeftovers);

test('a line of 64 MiB and a stdout that nobody reads fit into 128 MiB, and nothing is lost', async () => {
  const labels = { [TEST_LABEL.name]: TEST_LABEL.value };
  await using stack = new AsyncDisposableStack();
  const volume = await docker('volume', 'create', '--label', `${TEST_LABEL.name}=${TEST_LABEL.value}`);
  stack.defer(async () => void (await docker('volume', 'rm', volume)));
  const program = new URL('stalled-reader-main.ts', import.meta.url).pathname;
  const reader = createPodContainer(
    stack.use(
      await new RestrictedContainer('log-adapter')
        .withLabels(labels)
        .withUser('0:0')
        .withHostConfig({ Binds: [`${volume}:${SHARED}`, `${program}:/program.ts:ro`] })
        .withEntrypoint(['node', '/program.ts'])
        .withCommand([SHARED, JSON.stringify(CONFIG), String(LINES)])
        .start(),
    ),
  );
  await expect.poll(async () => (await reader.output()).stdout, { timeout: 60_000 }).toBe('written');

  const command = ['node', ...(await imageNodeFlags(root, 'log-adapter')), '/app/main.cjs'];
  const adapter = createPodContainer(
    stack.use(
      await new RestrictedContainer('log-adapter')
        .withLabels(labels)
        .withHostConfig({ Binds: [`${volume}:${SHARED}`], Memory: MEMORY_BYTES, MemorySwap: MEMORY_BYTES })
        .withTmpFs({ '/state': 'rw,mode=1777' })
        .withEntrypoint(['sh', '-c', `exec "$@" > ${SHARED}/stdout`, 'sh', ...command])
        .withCommand(['--config', `${SHARED}/log-adapter.yaml`])
        .start(),
    ),
  );
  // As the kernel counts it. No program of ours is started in there: it would count, too.
  const peakBytes = async (): Promise<number> => {
    const { output } = await adapter.exec('grep', 'VmHWM', '/proc/1/status');
    return Number(/(\d+) kB/.exec(output)?.[1]) * 1_024;
  };
  await sleep(STALL_MS);
  expect(await peakBytes()).toBeLessThan(MEMORY_BYTES);
  await reader.exec('touch', `${SHARED}/go`);
  expect(await docker('wait', reader.id)).toBe('0');
  const { stdout } = await reader.output();
  expect(JSON.parse(stdout.split('\n')[1] ?? '')).toStrictEqual({ longLines: [65_536], inOrder: LINES });
  expect(await peakBytes()).toBeLessThan(MEMORY_BYTES);
  expect(await adapter.inspect('{{.State.OOMKilled}} {{.State.Status}}')).toBe('false running');
});
