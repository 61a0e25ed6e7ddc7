/** `npm run logs` on Pods that do everything to make it lose a line. */
import { once } from 'node:events';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { loadKubeConfig } from '../../scripts/deploy/kube-config.ts';
import { execInPod } from '../../scripts/verify/pods.ts';
import { connectToKit, NAMESPACE, runScript } from '../support/kit.ts';
import { root } from '../support/root.ts';

const { core, pods, urls } = await connectToKit();
const NAME = `logs-test-${process.pid}`;

/** Writes ten numbered lines, and one that would clear the screen; crashes when told; the next goes on with the numbers. */
const WRITER = `
  round=$(cat /tmp/round 2>/dev/null || echo 0)
  echo $((round + 1)) > /tmp/round
  for i in 0 1 2 3 4 5 6 7 8 9; do echo "line $round$i"; done
  printf '\\033[2Jcleared\\n'
  if [ "$round" = 0 ]; then
    until [ -e /tmp/crash ]; do sleep 0.1; done
    echo 'last words'
    exit 3
  fi
  echo '{"msg":"settled","level":"warn"}'
  exec sleep 3600`;

beforeAll(async () => {
  const { spec } = await core.readNamespacedPod({ name: await pods.podName('catalog'), namespace: NAMESPACE });
  const [image] = (spec?.containers ?? []).map((container) => container.image);
  await core.createNamespacedPod({
    namespace: NAMESPACE,
    body: {
      metadata: { name: NAME },
      spec: {
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 65_533, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'writer',
            image: image ?? '',
            command: ['sh', '-c', WRITER],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          },
        ],
        volumes: [{ name: 'tmp', emptyDir: {} }],
      },
    },
  });
});

afterAll(async () => {
  await core.deleteNamespacedPod({ name: NAME, namespace: NAMESPACE });
});

function follow(...args: string[]) {
  return execa(process.execPath, ['scripts/main.ts', 'logs', ...args, '--follow'], { cwd: root, reject: false });
}

test('each line once and in order, through a crash; the escape is shown; Ctrl-C ends it well', async () => {
  const isRunning = async () => (await core.readNamespacedPod({ name: NAME, namespace: NAMESPACE })).status?.phase;
  await expect.poll(isRunning, { timeout: 60_000 }).toBe('Running');
  const child = follow(NAME, '--tail', 'all');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await expect.poll(() => output, { timeout: 60_000 }).toContain('line 09');
  const kubeConfig = await loadKubeConfig(inject('kubeconfigPath'));
  await execInPod(kubeConfig, { namespace: NAMESPACE, pod: NAME, container: 'writer' }, ['touch', '/tmp/crash']);
  await expect.poll(() => output, { timeout: 60_000 }).toContain('settled');
  const numbers = [...output.matchAll(/line (\d+)/g)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(output).toMatch(/last words\nwriter │ ── writer ended with exit code 3 \(Error\), restarts: 1 ──/);
  expect(output).toContain('\\x1b[2Jcleared');
  expect(output).not.toContain('\u001B');
  expect(output).toMatch(/writer │ [\d:.]{12} warn {2}settled/);
  child.kill('SIGINT');
  const { exitCode, stderr } = await child;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('without --follow: what the instance wrote that crashed, then what the present one has written', async () => {
  const { exitCode, stdout } = await runScript('logs', [NAME, '--tail', 'all']);
  expect(exitCode).toBe(0);
  const numbers = [...stdout.matchAll(/line (\d+)/g)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(stdout).toContain('ended with exit code 3 (Error)');
});

test('--raw gives a pipe the bytes, --json one object a line, and --tail the last lines', async () => {
  const raw = await runScript('logs', [NAME, '--raw', '--tail', '2']);
  expect(raw.stdout.split('\n').slice(-2)).toEqual(['\u001B[2Jcleared', '{"msg":"settled","level":"warn"}']);
  const json = await runScript('logs', [NAME, '--json', '--tail', '1']);
  expect(JSON.parse(json.stdout.split('\n').at(-1) ?? '')).toMatchObject({ pod: NAME, container: 'writer' });
});

test('a Pod that is replaced is followed in its successor', async () => {
  const child = follow('adapter-batch', '--tail', '0');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  // Its ready answer shows that the logs are followed already.
  await expect.poll(() => output, { timeout: 60_000 }).toContain('log-adapter');
  const before = await pods.podName('adapter-batch');
  await core.deleteNamespacedPod({ name: before, namespace: NAMESPACE });
  await expect.poll(() => output, { timeout: 120_000 }).toMatch(/── Pod adapter-batch-\S+ is there now ──/);
  await expect.poll(() => output, { timeout: 120_000 }).toContain(`── Pod ${before} is gone ──`);
  const after = () => output.slice(output.indexOf('is there now'));
  await expect.poll(after, { timeout: 60_000 }).toContain('started');
  child.kill('SIGTERM');
  expect((await child).exitCode).toBe(0);
});

test('a reader that goes away ends it without a word', async () => {
  const child = follow('ambassador');
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await fetch(`${urls['ambassador']}/orders/17`);
  const { exitCode, stderr } = await child;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('a name that nothing has is answered with the names there are', async () => {
  const { exitCode, stderr } = await runScript('logs', ['ambasador']);
  expect(exitCode).toBe(5);
  expect(stderr).toMatch(/OBJECT_ABSENT: no pattern is called "ambasador".*\n.*There are: .*ambassador/);
});
