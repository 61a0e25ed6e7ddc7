/** One timer for the whole of a request: it is set anew for each phase, and each byte that moves winds it up again. */
export interface Watchdog {
  /** Ends what was watched before, and calls `onExpired` unless touched, armed or stopped within the time. */
  arm(timeoutMs: number, onExpired: () => void): void;
  touch(): void;
  stop(): void;
}

export function createWatchdog(): Watchdog {
  let timer: NodeJS.Timeout | undefined;
  return {
    arm(timeoutMs, onExpired) {
      clearTimeout(timer);
      timer = setTimeout(onExpired, timeoutMs);
    },
    touch: () => timer?.refresh(),
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
