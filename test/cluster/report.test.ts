/** `npm run report`, and what neither it nor the x-ray may ever show. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectEqual, poll } from '../../scripts/verify/poll.ts';
import { connectToKit, NAMESPACE, runScript } from '../support/kit.ts';

const { core, pods } = await connectToKit();
const NAME = `secretive-${process.pid}`;
const CANARY = 'canary-of-the-secret';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  const { spec } = await core.readNamespacedPod({ name: await pods.podName('catalog'), namespace: NAMESPACE });
  await core.createNamespacedSecret({
    namespace: NAMESPACE,
    body: { metadata: { name: NAME }, stringData: { key: CANARY } },
  });
  await core.createNamespacedPod({
    namespace: NAMESPACE,
    body: {
      metadata: { name: NAME, annotations: { 'example.com/api-token': CANARY } },
      spec: {
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 65_533, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'holder',
            image: spec?.containers[0]?.image ?? '',
            // The value of the Secret is in the environment, in a file, and in the command line of a process.
            command: ['sh', '-c', 'sleep 3600 & wait', '$(KEY)'],
            env: [
              { name: 'KEY', valueFrom: { secretKeyRef: { name: NAME, key: 'key' } } },
              { name: 'DB_PASSWORD', value: CANARY },
            ],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            volumeMounts: [{ name: 'secret', mountPath: '/etc/secret', readOnly: true }],
          },
        ],
        volumes: [{ name: 'secret', secret: { secretName: NAME } }],
      },
    },
  });
  await poll({ what: NAME, timeoutMs: 60_000, signal: new AbortController().signal }, async () => {
    const { status } = await core.readNamespacedPod({ name: NAME, namespace: NAMESPACE });
    expectEqual('its phase', status?.phase, 'Running');
  });
});

afterAll(async () => {
  await core.deleteNamespacedPod({ name: NAME, namespace: NAMESPACE });
  await core.deleteNamespacedSecret({ name: NAME, namespace: NAMESPACE });
  await rm(folder, { recursive: true });
});

test('one file with everything a reader needs, and nothing that is secret', async () => {
  const file = join(folder, 'report.html');
  const { exitCode, stdout, stderr } = await runScript('report', [NAME, '--output', file]);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain(file);
  const html = await readFile(file, 'utf8');
  const headings = [...html.matchAll(/<h2[^>]*>([^<]+)/g)].map(([, text]) => text);
  expect(headings).toEqual(
    expect.arrayContaining([
      'Versions',
      'Doctor',
      'How long npm run up took',
      'Pods, and how long they took',
      'Processes',
      'Events',
      'Objects',
    ]),
  );
  expect(html).toContain(`Pod/${NAME}`);
  // Seen in the container: the name of the file and of the program, without its arguments.
  expect(html).toContain('Secret secretive-');
  expect(html).toMatch(/<code>sleep<\/code>/);
  expect(html).not.toContain(CANARY);
  expect(html).not.toContain(Buffer.from(CANARY).toString('base64'));
  expect(html).not.toMatch(/<script|src=|href=/);
});

test('the data of the x-ray, which its page shows, have nothing that is secret either', async () => {
  const { stdout } = await runScript('xray', [NAME, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ pod: { name: NAME }, volumes: [{ name: 'secret' }] });
  expect(stdout).toContain('"..data"');
  expect(stdout).not.toContain(CANARY);
});
