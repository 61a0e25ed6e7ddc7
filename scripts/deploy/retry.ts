/**
 * When to send a request again. Every write of the deployer may be repeated (server-side apply and DELETE with a uid
 * lead to the same state however often they run; POST and PUT, which only the lease uses, are answered with 409 if they
 * have worked already), so only the kind of failure decides, not the verb.
 */

export interface Failure {
  /** HTTP status; undefined if there was no complete answer. */
  readonly status?: number | undefined;
  readonly message: string;
  /** A 409 that names no field: two writes of the same moment, and not what somebody else has set. */
  readonly isContention?: boolean;
  /** A 403 because of who asks. An API server that has just started gives it too, until it knows the roles. */
  readonly isAccessDenied?: boolean;
  /** The header `Retry-After`, in seconds. */
  readonly retryAfter?: string | undefined;
}

const BASE_DELAY_MS = 100;
const MAX_DELAY_MS = 3_000;
/** A 500 is more often a bug than a passing trouble, and contention ends: they are not worth the whole deadline. */
const MAX_ATTEMPTS = 3;
/** Some five seconds. */
const MAX_ATTEMPTS_AFTER_DENIAL = 7;

/**
 * Milliseconds to wait before the next attempt; undefined if another one would fail the same way.
 * `attempt` counts from 1; `random` gives a number from 0 to 1, so that two clients do not stay in step.
 */
export function retryDelayMs(failure: Failure, attempt: number, random: () => number): number | undefined {
  if (!isTransient(failure, attempt)) return undefined;
  const backoffMs = Math.min(BASE_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS);
  const askedForMs = Number(failure.retryAfter ?? 0) * 1_000 || 0;
  return Math.max(askedForMs, backoffMs * (0.5 + random() / 2));
}

function isTransient(failure: Failure, attempt: number): boolean {
  const { status, message, isContention, isAccessDenied } = failure;
  if (status === undefined || status === 408 || status === 429) return true;
  // Server-side apply answers a field that is not in the schema with 500.
  if (isAccessDenied === true) return attempt < MAX_ATTEMPTS_AFTER_DENIAL;
  if (isContention === true) return attempt < MAX_ATTEMPTS;
  if (status === 500) return attempt < MAX_ATTEMPTS && !message.includes('typed patch object');
  return status > 500;
}
