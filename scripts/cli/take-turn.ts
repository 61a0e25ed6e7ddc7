/** For commands that change the cluster: one at a time. */
import type { KubeConfig } from '@kubernetes/client-node';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient, type KubeClient } from '../deploy/kube-client.ts';
import { describeHolder } from '../deploy/lease-holder.ts';
import { acquireLease, type HeldLease } from '../deploy/lease.ts';
import type { CommandContext, Parameter } from './command.ts';

export const WAIT_SETTING: Readonly<Record<'wait', Parameter>> = {
  wait: { placeholder: 'SECONDS', summary: 'how long to wait for another run that is at work; 600 without it' },
};

const WAIT_SECONDS = 600;

/** Waits for the lease; leaving the scope gives it back. Throws LEASE_HELD when `--wait` is over. */
export async function takeTurn(
  { host, settings, progress }: CommandContext,
  command: string,
  kubeConfig: KubeConfig,
  ensureNamespace?: (client: KubeClient) => Promise<unknown>,
): Promise<HeldLease> {
  const waitMs = toSeconds(settings['wait']) * 1_000;
  await using stack = new AsyncDisposableStack();
  // Its own, because others end with an interrupt.
  const client = stack.use(await createKubeClient(kubeConfig));
  const lease = await progress.step('lease', 'Lease', async (note) =>
    acquireLease({
      client,
      scope: KIT_SCOPE,
      holder: await describeHolder(command),
      waitMs,
      signal: host.signal,
      ...(ensureNamespace && { ensureNamespace: () => ensureNamespace(client) }),
      onWait: (holder) => note(`waiting for ${holder}`),
    }),
  );
  stack.use(lease);
  const held = stack.move();
  return { signal: lease.signal, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

function toSeconds(text = `${WAIT_SECONDS}`): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new AppError('USAGE', `--wait "${text}" is no whole number of seconds`, 'For example --wait 60.');
}
