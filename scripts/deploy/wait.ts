/**
 * Waits until everything that was applied is ready, by watching; ends early when something has failed for good, so
 * that a learner reads the reason after seconds and not the word "timeout" after minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { addDetails, explainObject } from './explain.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';
import { followNamespaceState, workloadsOf, type NamespaceState } from './namespace-state.ts';
import { formatRef, refKey, refOf, type ObjectRef } from './object-ref.ts';
import { makeProblem, patienceMsOf, type Problem } from './problem.ts';
import { readinessOf } from './readiness.ts';

export interface WaitProgress {
  readonly readyCount: number;
  readonly total: number;
  /** What is missing, in a few words; empty when nothing is. */
  readonly waitingFor: string;
}

export interface WaitOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** What was applied; kinds that are ready as soon as they exist are not waited for. */
  readonly targets: readonly ObjectRef[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Told at every change, for the terminal. */
  readonly onProgress?: (progress: WaitProgress) => void;
}

export interface WaitResult {
  readonly outcome: 'ready' | 'failed' | 'timeout';
  /** Empty when ready. When failed, only what is final; after the time is over, everything that is in the way. */
  readonly problems: readonly Problem[];
  /** How long each object took, by `Kind/name`, in milliseconds. */
  readonly readyAfterMs: Readonly<Record<string, number>>;
}

const WAITED_KINDS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod']);
/** A reason becomes final by standing still, which sends no event. */
const TICK_MS = 1_000;

/** Throws the signal's reason when it aborts, or an AppError when the cluster refuses to be watched. */
export async function waitUntilReady(options: WaitOptions): Promise<WaitResult> {
  const { client, namespace, timeoutMs, signal, onProgress } = options;
  const targets = options.targets.filter(({ kind }) => WAITED_KINDS.has(kind)).map((ref) => ({ namespace, ...ref }));
  const startedAt = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedAt);
  const findFinal = createPatience(elapsedMs);
  const readyAfterMs: Record<string, number> = {};
  let state: NamespaceState | undefined;
  let trouble: string | undefined;
  let lastProgress = '';
  let wake = new AbortController();

  const stop = new AbortController();
  const following = followNamespaceState(client, {
    namespace,
    signal: AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]),
    onChange: (next) => {
      state = next;
      trouble = undefined;
      wake.abort();
    },
    onTrouble: (reason) => {
      trouble = reason;
    },
  });
  // A refusal must end the wait; the loop below sees it by `refused`.
  let refused: unknown;
  following.catch((error: unknown) => {
    refused = error;
    wake.abort();
  });

  try {
    for (;;) {
      signal?.throwIfAborted();
      if (refused !== undefined) throw refused;
      wake = new AbortController();
      const isLate = elapsedMs() >= timeoutMs;
      if (state !== undefined) {
        const current = assess(targets, state);
        for (const ref of current.ready) readyAfterMs[formatRef(ref)] ??= elapsedMs();
        const progress = describeProgress(current, targets.length, trouble);
        if (JSON.stringify(progress) !== lastProgress) onProgress?.(progress);
        lastProgress = JSON.stringify(progress);
        if (current.ready.length === targets.length) return { outcome: 'ready', problems: [], readyAfterMs };
        // What was seen before the API server went silent may have healed since.
        const final = findFinal(trouble === undefined ? current.problems : []);
        if (final.length > 0 || isLate) {
          const problems = await addDetails(client, namespace, final.length > 0 ? final : current.problems, signal);
          return { outcome: final.length > 0 ? 'failed' : 'timeout', problems, readyAfterMs };
        }
      } else if (isLate) {
        return { outcome: 'timeout', problems: targets.map((ref) => unseen(ref, trouble)), readyAfterMs };
      }
      const pauseMs = Math.min(TICK_MS, Math.max(timeoutMs - elapsedMs(), 1));
      const pause = AbortSignal.any([wake.signal, ...(signal === undefined ? [] : [signal])]);
      await sleep(pauseMs, undefined, { signal: pause }).catch(() => undefined);
    }
  } finally {
    stop.abort();
    await following.catch(() => undefined);
  }
}

interface Assessment {
  readonly ready: readonly ObjectRef[];
  readonly problems: readonly Problem[];
}

/** Which of the targets are ready, and what is wrong with the others. */
function assess(targets: readonly ObjectRef[], state: NamespaceState): Assessment {
  const live = new Map<string, KubeObject>(workloadsOf(state).map((object) => [refKey(refOf(object)), object]));
  const ready: ObjectRef[] = [];
  const problems: Problem[] = [];
  for (const ref of targets) {
    const object = live.get(refKey(ref));
    if (object === undefined) problems.push(unseen(ref, undefined));
    else if (readinessOf(object).state === 'ready') ready.push(ref);
    else problems.push(...explainObject(object, state));
  }
  return { ready, problems };
}

/** Remembers since when each problem stands, and picks those that have stood too long to pass by themselves. */
export function createPatience(elapsedMs: () => number): (problems: readonly Problem[]) => Problem[] {
  let since = new Map<string, number>();
  return (problems) => {
    const now = elapsedMs();
    const keyOf = ({ code, object, container }: Problem) => `${code} ${object} ${container ?? ''}`;
    since = new Map(problems.map((problem) => [keyOf(problem), since.get(keyOf(problem)) ?? now]));
    return problems.filter((problem) => {
      const patienceMs = patienceMsOf(problem);
      return patienceMs !== undefined && now - (since.get(keyOf(problem)) ?? now) >= patienceMs;
    });
  };
}

function describeProgress({ ready, problems }: Assessment, total: number, trouble: string | undefined): WaitProgress {
  const [problem] = problems;
  const container = problem?.container === undefined ? '' : ` (${problem.container})`;
  const outage = trouble && `the API server does not answer (${trouble})`;
  const waitingFor = outage ?? (problem === undefined ? '' : `${problem.object}${container}: ${problem.reason}`);
  return { readyCount: ready.length, total, waitingFor };
}

function unseen(ref: ObjectRef, trouble: string | undefined): Problem {
  return makeProblem('Waiting', { ref, message: trouble ?? 'it is not in the cluster' });
}
