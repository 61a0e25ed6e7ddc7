/** W3C Trace Context: the `traceparent` header that joins the log lines of one request across programs. */
import { randomBytes } from 'node:crypto';

export interface TraceContext {
  /** 32 hexadecimal digits, the same for all programs that took part in the request. */
  readonly traceId: string;
  /** 16 hexadecimal digits: this program's part of it. */
  readonly spanId: string;
  readonly flags: string;
}

const PATTERN =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?:-.*)?$/;

/** Reads a `traceparent` (https://www.w3.org/TR/trace-context/#traceparent-header); undefined if it is not valid. */
export function parseTraceparent(header: string | undefined): TraceContext | undefined {
  const groups = PATTERN.exec(header ?? '')?.groups;
  if (groups === undefined) return undefined;
  const { version, traceId, spanId, flags } = groups as Record<'version' | 'traceId' | 'spanId' | 'flags', string>;
  if (version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  if (version === '00' && header?.length !== 55) return undefined;
  return { traceId, spanId, flags };
}

/** The context of a new span: of the same trace if there is one, else of a new trace. */
export function nextSpan(parent: TraceContext | undefined): TraceContext {
  return {
    traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    flags: parent?.flags ?? '01',
  };
}

export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
