/**
 * One run at a time: a Lease of the Kubernetes API, in the kit's namespace, which the run that changes the cluster holds
 * and renews. Whoever finds it held waits. A lease that is not renewed expires; how long it has not been renewed is
 * measured by whoever waits, so that the clocks of two machines need not agree.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';
import type { Scope } from './applyset.ts';
import type { KubeClient } from './kube-client.ts';
import { isStatus } from './kube-errors.ts';
import type { KubeObject } from './kube-types.ts';
import { hasEnded, holderForPeople } from './lease-holder.ts';
import { describeLease, durationMsOf, holderOf, leaseRef } from './lease-object.ts';

export interface LeaseOptions {
  /** Not one that ends with an interrupt: the lease is given back after it. */
  readonly client: KubeClient;
  readonly scope: Scope;
  /** What describeHolder returned for this run. */
  readonly holder: string;
  /** Longest wait for the run that holds it. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /**
   * Brings the namespace into being, in which the lease is. Without it, where there is no namespace, or one that is on its
   * way out, no lease is taken: there is nothing to keep others away from.
   */
  readonly ensureNamespace?: () => Promise<unknown>;
  /** Told who holds it, as long as it is waited for. */
  readonly onWait?: (holder: string) => void;
  /** After this time without a renewal it is free. */
  readonly durationMs?: number;
}

/** Leaving the scope gives it back. */
export interface HeldLease extends AsyncDisposable {
  /** Aborts as the caller's signal does, and with LEASE_LOST if the lease could not be kept. */
  readonly signal: AbortSignal;
}

/** Longer than a restart of the API server takes. */
const DURATION_MS = 60_000;
const RENEWALS_IN_DURATION = 6;
const POLL_MS = 500;
const RELEASE_TIMEOUT_MS = 10_000;

/** Waits until the lease is ours. Throws LEASE_HELD after `waitMs`. */
export async function acquireLease(options: LeaseOptions): Promise<HeldLease> {
  const { client, scope, holder, waitMs, signal, ensureNamespace, onWait, durationMs = DURATION_MS } = options;
  const deadline = performance.now() + waitMs;
  let seen = { version: '', sinceMs: 0 };
  for (;;) {
    const before = await client.read(leaseRef(scope), signal);
    if (before === undefined && ensureNamespace === undefined && (await isLeaving(client, scope, signal))) {
      return { signal, [Symbol.asyncDispose]: async () => {} };
    }
    if (before === undefined) await ensureNamespace?.();
    const owner = holderOf(before);
    const version = before?.metadata.resourceVersion ?? '';
    const nowMs = performance.now();
    if (seen.version !== version) seen = { version, sinceMs: nowMs };
    const isExpired = nowMs - seen.sinceMs > durationMsOf(before);
    if (owner === undefined || owner === holder || isExpired || (await hasEnded(owner))) {
      const taken = await write(client, describeLease(scope, { holder, durationMs }, before), signal);
      if (taken !== undefined) return keepLease(taken, nowMs, { ...options, durationMs });
    } else if (nowMs >= deadline) {
      throw new AppError(
        'LEASE_HELD',
        `${holderForPeople(owner)}, is at work on the cluster and has not ended within ${waitMs / 1_000} s`,
        `Run the command again when that one has ended; kubectl -n ${scope.namespace} get leases shows who it is.`,
      );
    } else {
      onWait?.(holderForPeople(owner));
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Undefined if somebody else was faster, or the namespace is on its way out: look again. */
async function write(client: KubeClient, lease: KubeObject, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await (lease.metadata.resourceVersion === undefined
      ? client.create(lease, signal)
      : client.replace(lease, signal));
  } catch (error) {
    if (isStatus(error, 409) || isStatus(error, 404) || /being terminated/.test(describeError(error))) return undefined;
    throw error;
  }
}

/** Renews until the scope is left. */
function keepLease(
  taken: KubeObject,
  takenAtMs: number,
  { client, scope, holder, signal, durationMs }: LeaseOptions & { readonly durationMs: number },
): HeldLease {
  const lost = new AbortController();
  const stop = new AbortController();
  const intervalMs = durationMs / RENEWALS_IN_DURATION;
  let held = taken;
  let renewedAtMs = takenAtMs;

  /** Undefined if the lease is another's now, or gone. */
  const renewed = async () =>
    (await write(client, describeLease(scope, { holder, durationMs }, held), stop.signal)) ??
    // It may be our own renewal, the answer to which was lost on the way.
    (await client.read(leaseRef(scope), stop.signal));
  const keep = async () => {
    for (;;) {
      await sleep(intervalMs, undefined, { signal: stop.signal });
      const startedAtMs = performance.now();
      try {
        const live = await renewed();
        // A namespace that is deleted takes the lease with it, and leaves nothing to keep others away from.
        if (live === undefined && (await isLeaving(client, scope, stop.signal))) return;
        if (live === undefined || holderOf(live) !== holder) return lost.abort(leaseLost());
        held = live;
        renewedAtMs = startedAtMs;
      } catch (error) {
        stop.signal.throwIfAborted();
        // While the API server answers nobody, nobody takes over; but no longer than the lease stands.
        if (performance.now() - renewedAtMs > durationMs - intervalMs) return lost.abort(leaseLost(error));
      }
    }
  };
  const keeping = keep().catch(() => undefined);
  const giveBack = async (limit: AbortSignal) => {
    const free = (before: KubeObject) => describeLease(scope, { holder: undefined, durationMs }, before);
    if ((await write(client, free(held), limit)) !== undefined) return;
    // A renewal that was under way when the work ended may have arrived all the same.
    const live = await client.read(leaseRef(scope), limit);
    if (live !== undefined && holderOf(live) === holder) await write(client, free(live), limit);
  };

  return {
    signal: AbortSignal.any([signal, lost.signal]),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await keeping;
      // What cannot be given back expires.
      if (!lost.signal.aborted) await giveBack(AbortSignal.timeout(RELEASE_TIMEOUT_MS)).catch(() => undefined);
    },
  };
}

async function isLeaving(client: KubeClient, { namespace }: Scope, signal: AbortSignal): Promise<boolean> {
  const object = await client.read({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, signal);
  return object === undefined || object.metadata.deletionTimestamp !== undefined;
}

function leaseLost(cause?: unknown): AppError {
  return new AppError(
    'LEASE_LOST',
    'this run could not keep its lease, so that another one may be at work on the cluster now',
    'Run the command again.',
    cause === undefined ? {} : { cause },
  );
}
