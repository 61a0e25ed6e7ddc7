/** The deploy part of `up` while the API server fails in every way, and while it is restarted. */
import { inject, beforeAll, expect, test } from 'vitest';
import { applyKit } from '../../scripts/deploy/apply.ts';
import { becomeReady } from '../../scripts/deploy/become-ready.ts';
import { createKubeClient } from '../../scripts/deploy/kube-client.ts';
import { loadKubeConfig } from '../../scripts/deploy/kube-config.ts';
import { refOf } from '../../scripts/deploy/object-ref.ts';
import { startDeployLab, type DeployLab } from '../support/deploy/lab.ts';
import { stateObjects, type StateName } from '../support/deploy/states.ts';
import { testEngine } from '../support/engine.ts';
import type { ProxyFault } from '../support/fault-proxy.ts';

const NODE = 'pod-patterns-control-plane';
/** In place of ten seconds an attempt and thirty a call: silence is silence. */
const LIMITS = { attemptTimeoutMs: 500, timeoutMs: 5_000 };

let lab: DeployLab;
let state: StateName = 'a';

beforeAll(async () => {
  const engine = await testEngine();
  lab = await startDeployLab({ engine, node: NODE, kubeconfigPath: inject('kubeconfigPath') });
  await deploy('a');
  return () => lab[Symbol.asyncDispose]();
});

async function deploy(
  wanted: StateName,
  { timeoutMs = 60_000, limits = {} }: { timeoutMs?: number; limits?: object } = {},
) {
  await using client = await createKubeClient(await loadKubeConfig(lab.kubeconfigPath), limits);
  const manifests = stateObjects(wanted, lab.image).map((object) => ({ object, file: `${object.metadata.name}.yaml` }));
  await applyKit({ client, manifests, scope: lab.scope, timeoutMs });
  const targets = manifests.map(({ object }) => refOf(object));
  await becomeReady({ client, namespace: lab.scope.namespace, targets, timeoutMs });
}

const FAULTS: readonly (readonly [string, ProxyFault])[] = [
  ['a 409', { status: 409 }],
  ['a 429 that asks for a pause', { status: 429, headers: { 'retry-after': '1' } }],
  ['a 500', { status: 500 }],
  ['a 503', { status: 503 }],
  ['a reset', 'reset'],
  ['a reset after it was done', 'lost'],
  ['half an answer', 'half'],
  ['silence', 'silence'],
];

/** As the server sees it: a watch that is taken up again is the same call. */
const callOf = (path: string) => path.replace(/resourceVersion=\d+/, '');

test.each(FAULTS)(
  'every call is answered with %s the first time: it succeeds, and nothing is made twice',
  async (_name, fault) => {
    const wanted: StateName = state === 'a' ? 'b' : 'a';
    const seen = new Set<string>();
    const from = lab.proxy.answered.length;
    lab.proxy.fault = ({ method, path }) => {
      const call = `${method} ${callOf(path)}`;
      if (seen.has(call)) return undefined;
      seen.add(call);
      // Only a write can be in conflict.
      if (typeof fault === 'object' && fault.status === 409 && method !== 'PATCH') return undefined;
      return fault;
    };
    try {
      await deploy(wanted, { limits: LIMITS });
    } finally {
      lab.proxy.fault = () => undefined;
    }
    state = wanted;
    expect(await lab.differences(wanted)).toEqual([]);
    expect(seen.size).toBeGreaterThan(20);
    const created = lab.proxy.answered.slice(from).filter(({ status }) => status === 201);
    expect(new Set(created.map(({ path }) => path)).size).toBe(created.length);
  },
);

test.each(FAULTS)(
  'one call is always answered with %s: it ends with a clean error within its time',
  async (_name, fault) => {
    lab.proxy.fault = ({ method, path }) =>
      method === 'PATCH' && path.includes('/configmaps/settings') ? fault : undefined;
    const startedAt = performance.now();
    try {
      const failing = deploy(state === 'a' ? 'b' : 'a', { limits: { ...LIMITS, timeoutMs: 2_000 } });
      await expect(failing).rejects.toMatchObject({
        name: 'KubeApiError',
        code: expect.stringMatching(/^API_/) as string,
        message: expect.stringContaining('/configmaps/settings') as string,
        remedy: expect.stringMatching(/\w/) as string,
      });
    } finally {
      lab.proxy.fault = () => undefined;
    }
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  },
);

test('the API server is restarted in the middle of a rollout, which is seen to its end', async () => {
  const { host } = await testEngine();
  const wanted: StateName = state === 'a' ? 'b' : 'a';
  let kill: Promise<unknown> | undefined;
  let isKilled = false;
  lab.proxy.onAnswer = ({ path }) => {
    if (!path.includes('watch=true')) return;
    kill ??= host.run('docker', ['exec', NODE, 'pkill', '-KILL', '-x', 'kube-apiserver']).then(() => (isKilled = true));
  };
  // The rollout cannot be seen to its end before.
  lab.proxy.fault = () => (kill === undefined || isKilled ? undefined : { status: 503 });
  await deploy(wanted, { timeoutMs: 180_000 });
  lab.proxy.onAnswer = () => {};
  lab.proxy.fault = () => undefined;
  await kill;
  expect(isKilled).toBe(true);
  expect(await lab.differences(wanted)).toEqual([]);
});
