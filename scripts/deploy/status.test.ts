import { expect, test } from 'vitest';
import { startFakeApiServer, type FakeApiServer } from '../../test/support/fake-api-server.ts';
import { createKubeClient } from './kube-client.ts';
import type { Workload } from './kube-types.ts';
import { formatAge, printable, renderProblem, renderStatus } from './render-status.ts';
import { collectStatus, type KitStatus } from './status.ts';
import { makeDeployment, makePod, makeReplicaSet, UNREADY, waiting, type ContainerParts } from './testing/objects.ts';

const NOW_MS = Date.parse('2026-11-23T10:05:00Z');
const PLAIN = { color: false, width: 100 };

async function collect(server: FakeApiServer): Promise<KitStatus> {
  await using client = await createKubeClient(server.kubeConfig);
  return await collectStatus(client, { namespace: 'kit', nowMs: NOW_MS });
}

function putPattern(server: FakeApiServer, deployment: Workload, containers: Readonly<Record<string, ContainerParts>>) {
  const { metadata } = server.put(deployment);
  const replicaSet = server.put(makeReplicaSet({ ...deployment, metadata }));
  return server.put(makePod({ ...deployment, kind: 'ReplicaSet', metadata: replicaSet.metadata }, containers));
}

function withOpsPort(name: string, containerPort: number): ContainerParts {
  return { isInit: true, container: { restartPolicy: 'Always', ports: [{ name, containerPort }] } };
}

async function startWithTwoPatterns() {
  const server = await startFakeApiServer();
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kit' }, status: { phase: 'Active' } });
  putPattern(server, makeDeployment('ambassador'), {
    ambassador: withOpsPort('ambassador-ops', 9901),
    app: { restartCount: 2 },
  });
  putPattern(server, makeDeployment('sidecar', { status: UNREADY }), {
    'git-sync': withOpsPort('git-sync-ops', 9902),
    nginx: waiting('InvalidImageName'),
  });
  const ops = '/api/v1/namespaces/kit/pods';
  server.pages.set(`${ops}/ambassador-2-x:9901/proxy/readyz`, {
    status: 200,
    text: '+ listeners: ok\n- config: line 3: unknown key "prot"\nready\n',
  });
  server.pages.set(`${ops}/sidecar-2-x:9902/proxy/readyz`, { status: 503, text: '{"kind":"Status"}' });
  return server;
}

test('gives each pattern with Pods, containers, helpers and problems', async () => {
  await using server = await startWithTwoPatterns();
  const status = await collect(server);
  expect(status).toMatchObject({ namespace: 'kit', phase: 'Active' });
  expect(status.patterns).toEqual([
    {
      name: 'ambassador',
      isReady: true,
      workloads: [{ object: 'Deployment/ambassador', state: 'ready', message: 'has 1 of 1 Pods ready' }],
      problems: [],
      pods: [
        {
          name: 'ambassador-2-x',
          state: 'Running',
          readyContainers: 2,
          totalContainers: 2,
          restarts: 2,
          ageSeconds: 300,
          containers: [
            { name: 'ambassador', role: 'sidecar', isReady: true, restarts: 0, state: 'Running' },
            { name: 'app', role: 'main', isReady: true, restarts: 2, state: 'Running' },
          ],
          helpers: [
            {
              container: 'ambassador',
              port: 9901,
              isReady: true,
              checks: { listeners: 'ok', config: 'line 3: unknown key "prot"' },
            },
          ],
        },
      ],
    },
    expect.objectContaining({
      name: 'sidecar',
      isReady: false,
      problems: [expect.objectContaining({ code: 'InvalidImageName', container: 'nginx' })],
      pods: [
        expect.objectContaining({
          state: 'InvalidImageName',
          readyContainers: 1,
          helpers: [{ container: 'git-sync', port: 9902, isReady: false, checks: {}, error: 'answered 503' }],
        }),
      ],
    }),
  ]);
  expect(JSON.parse(JSON.stringify(status))).toEqual(status);
});

test('shows Pods without a controller as a pattern of their own', async () => {
  await using server = await startFakeApiServer();
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kit' } });
  server.put(makePod(undefined, { app: { ready: false } }));
  expect((await collect(server)).patterns).toMatchObject([
    { name: 'alone-x', isReady: false, problems: [{ code: 'NotReady' }] },
  ]);
});

test('prints what a learner needs: rejected configuration, problem, fix and command', async () => {
  await using server = await startWithTwoPatterns();
  expect(renderStatus(await collect(server), PLAIN)).toBe(
    `namespace kit: Active

✓ ambassador  Deployment/ambassador has 1 of 1 Pods ready
  ambassador-2-x  2/2    Running    restarts 2  5m
    ! ambassador says config: line 3: unknown key "prot"

✗ sidecar  Deployment/sidecar has 0 of 1 Pods ready
  sidecar-2-x     1/2    InvalidImageName  restarts 0  5m
    ! git-sync says answered 503
  Pod/sidecar-2-x, container nginx: "pod-patterns/nginx:1" is not a valid image name [InvalidImageName]
    at:   spec.containers[name=nginx].image
    fix:  Write it as name:tag, in lower case, without a scheme such as https://.
    see:  kubectl -n kit describe pod/sidecar-2-x`,
  );
});

test('says how to begin when there is nothing', async () => {
  await using server = await startFakeApiServer();
  expect(renderStatus(await collect(server), PLAIN)).toBe(
    'There is no namespace kit. Create it and all in it: npm run up',
  );
});

test('cuts lines at the width, colours only when told, and never obeys what a cluster says', async () => {
  await using server = await startWithTwoPatterns();
  const status = await collect(server);
  const narrow = renderStatus({ ...status, patterns: status.patterns.slice(0, 1) }, { color: false, width: 40 });
  expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBe(40);
  expect(renderStatus(status, { color: true, width: 100 })).toContain('\u001B[32m✓');
  const problem = {
    code: 'X',
    object: 'Pod/x',
    reason: 'a\u001B[2J\u0007\nb\u202Ec',
    logTail: ['\u001B]0;title\u0007text'],
    fix: 'f',
    command: 'c',
  };
  expect(renderProblem(problem, PLAIN)).toBe('Pod/x: a b c [X]\n  | text\n  fix:  f\n  see:  c');
  expect(printable('ü – ✓')).toBe('ü – ✓');
});

test.each([
  [5, '5s'],
  [119, '119s'],
  [120, '2m'],
  [7_200, '2h'],
  [172_800, '2d'],
])('writes %i seconds as %s', (seconds, text) => {
  expect(formatAge(seconds)).toBe(text);
});
