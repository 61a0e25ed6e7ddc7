/**
 * Why a request got no answer from its upstream. The message is for the client, so it names no address; the cause,
 * which may, is for the log.
 */
const STATUS = {
  REQUEST_INVALID: 400,
  METHOD_NOT_ALLOWED: 405,
  CLIENT_TIMEOUT: 408,
  REQUEST_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  EXTENSIONS_TOO_LARGE: 413,
  TARGET_TOO_LONG: 414,
  EXPECTATION_FAILED: 417,
  HEADERS_TOO_LARGE: 431,
  ENCODING_NOT_SUPPORTED: 501,
  OVERLOADED: 503,
  VERSION_NOT_SUPPORTED: 505,
  LOOP_DETECTED: 508,
  UPSTREAM_UNREACHABLE: 502,
  UPSTREAM_CLOSED: 502,
  UPSTREAM_INVALID: 502,
  UPSTREAM_BUSY: 503,
  UPSTREAM_EJECTED: 503,
  UPSTREAM_UNHEALTHY: 503,
  UPSTREAM_TIMEOUT: 504,
} as const;

export type ProxyErrorCode = keyof typeof STATUS;

export class ProxyError extends Error {
  static {
    this.prototype.name = this.name;
  }

  /** Stable, upper-case; also the value of `error` in the answer. */
  readonly code: ProxyErrorCode;
  /** The HTTP status that the client gets. */
  readonly status: number;

  constructor(code: ProxyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = STATUS[code];
  }

  /** Whether the client is at fault; its connection cannot be trusted any more and is closed. */
  get isRefusal(): boolean {
    return this.status < 500 || this.code === 'ENCODING_NOT_SUPPORTED' || this.code === 'VERSION_NOT_SUPPORTED';
  }
}

/** A request line as far as it goes, with no end of it. */
const ENDLESS_TARGET = /^[A-Z-]+ [^\s]*$/;

/** What an error of Node's HTTP parser, or of its timers for slow clients, means for the client. */
export function fromParserError(error: NodeJS.ErrnoException & { rawPacket?: Buffer }): ProxyError {
  if (
    error.code === 'HPE_HEADER_OVERFLOW' &&
    ENDLESS_TARGET.test(error.rawPacket?.toString('latin1', 0, 1_024) ?? '')
  ) {
    return new ProxyError('TARGET_TOO_LONG', 'the request target is too long', { cause: error });
  }
  const [code, message] = PARSER_ERRORS.get(error.code ?? '') ?? [
    'REQUEST_INVALID',
    'the request is not valid HTTP/1.1',
  ];
  return new ProxyError(code, message, { cause: error });
}

const PARSER_ERRORS = new Map<string, readonly [ProxyErrorCode, string]>([
  ['HPE_HEADER_OVERFLOW', ['HEADERS_TOO_LARGE', 'the head of the request is too large']],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', ['EXTENSIONS_TOO_LARGE', 'the chunk extensions are too large']],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['REQUEST_TIMEOUT', 'the request took too long to arrive']],
]);
