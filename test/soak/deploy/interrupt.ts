/** The deploy part of `up`, killed at each of its calls to the real API server; the next run has to converge. */
import { execa } from 'execa';
import { runningCluster } from '../../../scripts/cli/connection.ts';
import { waitForObject } from '../../../scripts/deploy/follow.ts';
import { createHost } from '../../../scripts/host/host.ts';
import { startDeployLab, type DeployLab } from '../../support/deploy/lab.ts';
import type { StateName } from '../../support/deploy/states.ts';
import { root } from '../../support/root.ts';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { createRandom } from '../random.ts';

const MAIN = new URL('../../support/deploy/main.ts', import.meta.url).pathname;
const GONE_TIMEOUT_MS = 60_000;
/** Every so many kills, the run that is killed is the very first, which makes the namespace. */
const FIRST_RUN_INTERVAL = 5;

interface KillPoint {
  /** 1 for the first call of the run. */
  readonly call: number;
  /** Whether the server has done what was asked; else it was never asked. */
  readonly isAfter: boolean;
}

async function run({ count, seed, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  const random = createRandom(seed);
  const cluster = await runningCluster(createHost(process.env, signal), root);
  await using lab = await startDeployLab(cluster);
  let state: StateName = 'a';
  await deploy(lab, 'b', signal);
  const before = lab.proxy.requestCount;
  await deploy(lab, 'a', signal);
  const callsOfRun = lab.proxy.requestCount - before;
  const slots = 2 * callsOfRun;

  const failures: string[] = [];
  const calls = new Set<number>();
  let kills = 0;
  for (let index = 0; index < count; index += 1) {
    signal.throwIfAborted();
    const slot = count < slots ? Math.floor((index * slots + random(slots)) / count) : index % slots;
    const point = { call: Math.floor(slot / 2) + 1, isAfter: slot % 2 === 1 };
    const target: StateName = state === 'a' ? 'b' : 'a';
    const isFirstRun = index % FIRST_RUN_INTERVAL === FIRST_RUN_INTERVAL - 1;
    if (isFirstRun) await removeNamespace(lab, signal);
    const killed = await deploy(lab, target, signal, point);
    if (killed.wasKilled) kills += 1;
    calls.add(point.call);
    // Onwards or back: both have to work.
    const next: StateName = random(2) === 0 ? 'a' : 'b';
    const { exitCode, output } = await deploy(lab, next, signal);
    const faults = exitCode === 0 ? await lab.differences(next) : [output];
    const what = `${isFirstRun ? 'first run' : `${state} to ${target}`}, killed ${point.isAfter ? 'after' : 'before'} call ${point.call}, then to ${next}`;
    if (faults.length > 0) failures.push(`${what}: ${faults.join('; ')}`);
    note(`${index + 1} of ${count}: ${what}${faults.length > 0 ? ` FAILED: ${faults.join('; ')}` : ''}`);
    state = next;
  }
  return { failures: failures.length, kills, callsOfRun, differentCalls: calls.size, details: failures };
}

interface DeployRun {
  readonly exitCode: number | undefined;
  readonly output: string;
  readonly wasKilled: boolean;
}

async function deploy(lab: DeployLab, state: StateName, signal: AbortSignal, point?: KillPoint): Promise<DeployRun> {
  const { proxy, kubeconfigPath, scope, image } = lab;
  const child = execa(process.execPath, [MAIN, kubeconfigPath, scope.namespace, state, image], {
    reject: false,
    all: true,
    cancelSignal: signal,
  });
  const first = proxy.requestCount;
  const isPoint = ({ number }: { readonly number: number }) => number - first === point?.call;
  proxy.fault = (request) => {
    if (!isPoint(request) || point?.isAfter === true) return undefined;
    child.kill('SIGKILL');
    return 'reset';
  };
  proxy.onAnswer = (request) => {
    if (isPoint(request)) child.kill('SIGKILL');
  };
  const { exitCode, all, isTerminated } = await child;
  proxy.fault = () => undefined;
  proxy.onAnswer = () => {};
  return { exitCode, output: all, wasKilled: isTerminated };
}

async function removeNamespace({ client, scope }: DeployLab, signal: AbortSignal): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: scope.namespace };
  await client.delete(ref, {}, signal);
  await waitForObject(client, ref, (object) => object === undefined, { timeoutMs: GONE_TIMEOUT_MS, signal });
}

export const interruptCampaign: Campaign = {
  name: 'up-interrupt',
  summary: 'kills the deploy part of up at each of its calls to the API server: the next run converges every time',
  unit: 'kills',
  count: 200,
  testCount: 5,
  needsKit: true,
  run,
};
