/** A sleep that can be cut short: by the signal of --sync-on-signal, or by the end of the program. */
export interface Alarm {
  /** Ends the sleep, or if none goes on, the next one at once. */
  readonly ring: () => void;
  /** Resolves after `ms`, when the alarm rings, or when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** setTimeout takes a longer wait for none at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createAlarm(): Alarm {
  let isRinging = false;
  let wake = () => {};
  return {
    ring: () => {
      isRinging = true;
      wake();
    },
    sleep: async (ms, signal) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER_MS));
      signal.addEventListener('abort', wake, { once: true });
      if (isRinging || signal.aborted) resolve();
      await promise;
      isRinging = false;
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
    },
  };
}
