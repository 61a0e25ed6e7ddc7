/**
 * Limits on how long a request may stand still. All of a listener share one timer, since a timer each would cost more
 * than the rest of a small request; so they are late by up to two ticks, and never early.
 */
const TICK_MS = 25;
const NOWHERE = -1;

export class Watchdogs {
  /**
   * In no order; each knows its place. Not a Set: V8 makes a new table for one after as many deletions as it has
   * entries, and a used-up table that reached the old generation keeps all later ones, with what they held, alive.
   */
  readonly #armed: Watchdog[] = [];
  #tick = 0;
  #timer: NodeJS.Timeout | undefined;

  /** How many ticks have passed while anything was watched. */
  get tick(): number {
    return this.#tick;
  }

  /** Begins to watch; `stop` ends it. */
  watch(watchdog: Watchdog): void {
    if (watchdog.place === NOWHERE) watchdog.place = this.#armed.push(watchdog) - 1;
    this.#timer ??= setInterval(() => this.#check(), TICK_MS);
  }

  unwatch(watchdog: Watchdog): void {
    const { place } = watchdog;
    const last = this.#armed.at(-1);
    if (place === NOWHERE || last === undefined) return;
    this.#armed[place] = last;
    last.place = place;
    this.#armed.pop();
    watchdog.place = NOWHERE;
  }

  #check(): void {
    this.#tick += 1;
    if (this.#armed.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    const expired = this.#armed.filter(({ expiresAtTick }) => expiresAtTick <= this.#tick);
    for (const watchdog of expired) {
      // What another of them led to may have ended it.
      if (watchdog.place === NOWHERE) continue;
      this.unwatch(watchdog);
      watchdog.owner.onExpired();
    }
  }
}

/** One for the whole of a request: it is set anew for each phase, and each byte that moves winds it up again. */
export class Watchdog {
  readonly owner: { onExpired(): void };
  expiresAtTick = Infinity;
  /** Kept here for the list of those that are watched. */
  place = NOWHERE;
  private readonly all: Watchdogs;
  private ticks = 0;

  /** The owner is told unless the watchdog is touched, armed or stopped within the time. */
  constructor(all: Watchdogs, owner: { onExpired(): void }) {
    this.all = all;
    this.owner = owner;
  }

  /** Ends what was watched before. */
  arm(timeoutMs: number): void {
    // The present tick may be almost over, so it does not count.
    this.ticks = Math.ceil(timeoutMs / TICK_MS) + 1;
    this.expiresAtTick = this.all.tick + this.ticks;
    this.all.watch(this);
  }

  touch(): void {
    this.expiresAtTick = this.all.tick + this.ticks;
  }

  stop(): void {
    this.all.unwatch(this);
  }
}
