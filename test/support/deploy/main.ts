/**
 * The deploy part of `up` as a process of its own, to be killed: `node main.ts KUBECONFIG NAMESPACE STATE IMAGE`.
 * Prints what was done, or the error, as JSON.
 */
import { AppError } from '../../../apps/runtime/src/errors.ts';
import { applyKit, applyNamespace } from '../../../scripts/deploy/apply.ts';
import { becomeReady } from '../../../scripts/deploy/become-ready.ts';
import { createKubeClient } from '../../../scripts/deploy/kube-client.ts';
import { loadKubeConfig } from '../../../scripts/deploy/kube-config.ts';
import { describeHolder } from '../../../scripts/deploy/lease-holder.ts';
import { acquireLease } from '../../../scripts/deploy/lease.ts';
import { refOf } from '../../../scripts/deploy/object-ref.ts';
import { stateObjects, type StateName } from './states.ts';

const [kubeconfigPath = '', namespace = '', state = '', image = ''] = process.argv.slice(2);
const scope = { namespace, inventoryName: 'inventory' };
const manifests = stateObjects(state as StateName, image).map((object) => ({
  object,
  file: `${object.metadata.name}.yaml`,
}));
const timeoutMs = 60_000;

async function deploy(): Promise<object> {
  const kubeConfig = await loadKubeConfig(kubeconfigPath);
  await using client = await createKubeClient(kubeConfig);
  await using lease = await acquireLease({
    client,
    scope,
    holder: await describeHolder('up'),
    waitMs: timeoutMs,
    signal: AbortSignal.timeout(2 * timeoutMs),
    ensureNamespace: () => applyNamespace({ client, manifests, scope, timeoutMs }),
  });
  const { signal } = lease;
  const objects = await applyKit({ client, manifests, scope, timeoutMs, signal });
  await becomeReady({ client, namespace, targets: manifests.map(({ object }) => refOf(object)), timeoutMs, signal });
  return { objects };
}

try {
  process.stdout.write(`${JSON.stringify(await deploy())}\n`);
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  const { code, message } = error;
  process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  process.exitCode = 1;
}
