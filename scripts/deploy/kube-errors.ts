/** What the API server answered, or that it did not, as an error that a user can read. */
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The `Status` object that the API server sends with every refusal. */
export interface KubeStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly StatusCause[] };
}

export class KubeApiError extends AppError {
  static {
    this.prototype.name = this.name;
  }

  /** HTTP status; undefined if there was no answer. */
  readonly status: number | undefined;
  /** The API server's own words, without method and path. */
  readonly serverMessage: string;
  readonly causes: readonly StatusCause[];

  constructor(
    [code, remedy]: readonly [code: string, remedy: string],
    message: string,
    details: { status?: number; serverMessage?: string; causes?: readonly StatusCause[]; cause?: unknown },
  ) {
    super(code, message, remedy, details.cause === undefined ? {} : { cause: details.cause });
    this.status = details.status;
    this.serverMessage = details.serverMessage ?? message;
    this.causes = details.causes ?? [];
  }
}

/** From an answer that is not 2xx. `what` names the request: `PATCH /api/v1/…`. */
export function statusError(what: string, status: number, body: string): KubeApiError {
  const answer = parseStatus(body);
  const serverMessage = answer.message ?? (body.trim().slice(0, 300) || 'no message');
  return new KubeApiError(codeAndRemedy(status), `${what} was answered with ${status}: ${serverMessage}`, {
    status,
    serverMessage,
    causes: answer.details?.causes ?? [],
  });
}

/** From a connection that failed, was cut, or stayed silent. */
export function unreachableError(what: string, server: string, error: unknown): KubeApiError {
  const isSilence = error instanceof Error && error.name === 'TimeoutError';
  const why = isSilence ? 'no answer in time' : describeError(error);
  return new KubeApiError(UNREACHABLE, `the API server ${server} cannot be reached (${what}): ${why}`, {
    cause: error,
  });
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof KubeApiError && error.status === status;
}

const UNREACHABLE = [
  'API_UNREACHABLE',
  'Run `npm run up` again: it starts the cluster if it does not run, and continues where it stopped.',
] as const;

function codeAndRemedy(status: number): readonly [string, string] {
  switch (status) {
    case 400:
    case 422:
      return ['API_REJECTED', 'Correct what the message names.'];
    case 401:
    case 403:
      return ['API_FORBIDDEN', 'The message names the rule (permission, quota or Pod Security) that refused it.'];
    case 404:
      return ['API_NOT_FOUND', 'Run `npm run up`: it creates what is missing.'];
    case 409:
      return ['API_CONFLICT', 'Run the command again.'];
    case 410:
      return ['API_EXPIRED', 'Run the command again.'];
    default:
      return ['API_FAILED', 'Run the command again; if it stays, restart the cluster: npm run down, then npm run up.'];
  }
}

function parseStatus(body: string): KubeStatus {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
