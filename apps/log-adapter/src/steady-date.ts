/** The time of day for what is read: what is read later is not stamped earlier because somebody corrected the clock. */

/** A clock that is set back by more than that was wrong before, and is believed. */
const MAX_HOLD_MS = 60_000;

/** Makes a clock that stands still while the given one catches up after it was set back a little. */
export function createSteadyDate(date: () => number = Date.now): () => number {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = date();
    if (nowMs > lastMs || lastMs - nowMs > MAX_HOLD_MS) lastMs = nowMs;
    return lastMs;
  };
}
