/**
 * The error a user can meet: a stable code, what is wrong with which value, and what to do about it.
 * Everything else that is thrown is a bug.
 */
export class AppError extends Error {
  static {
    this.prototype.name = this.name;
  }

  /** Stable, upper-case, for machines and for looking up. */
  readonly code: string;
  /** One sentence: what the user should do. */
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}

/** The message of anything that was thrown, with the chain of its causes. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.message || error.name;
  return error.cause === undefined ? text : `${text}: ${describeError(error.cause)}`;
}
