/** The kinds of value that the configuration file is made of, and what is said about one that is not of its kind. */
import { isIP } from 'node:net';
import * as z from 'zod';

/** The longest time that can be configured. */
export const MAX_DURATION_MS = 86_400_000;

export const metricName = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, {
  error: 'must be 1 to 63 letters, digits, dots, hyphens or underscores, as it names a metric label',
});

export const host = z
  .string()
  .refine((value) => isIP(value) !== 0 || /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?$/.test(value), {
    error: 'must be a host name or an IP address, without scheme and port',
  });

export const port = z.int().min(1).max(65_535);
/** 0 lets the system choose; the log says which one it was. */
export const listenPort = z.int().min(0).max(65_535);

export const durationMs = z.int().min(1).max(MAX_DURATION_MS);

/** A number of things or bytes; the least and the most are both allowed. */
export function countBetween(least: number, most: number) {
  return z.int().min(least).max(most);
}

/** Where a health check asks: what may stand in the first line of a request (RFC 9112 section 3.2.1). */
export const requestPath = z.string().regex(/^\/[!"$-~]*$/, {
  error: 'must begin with / and hold no space, no fragment and nothing but ASCII',
});

export const cidr = z.string().refine(isCidr, { error: 'must be a network such as 10.0.0.0/8 or fd00::/8' });

/**
 * Headers that say how a message is framed, or that belong to one connection only: they are the proxy's own business,
 * and a rule about them could make two programs read one message differently (RFC 9110 section 7.6.1).
 */
const NOT_FOR_RULES = new Set([
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'must be the name of a header: letters, digits and hyphens' })
  .refine((name) => !NOT_FOR_RULES.has(name.toLowerCase()), {
    error: 'must not be a header of framing or of one connection: those are set by the proxy itself',
  });

/** RFC 9110 section 5.5 without what is obsolete, so that every program reads it alike. */
export const headerValue = z.string().regex(/^(?:[!-~](?:[\t -~]*[!-~])?)?$/, {
  error: 'must be printable ASCII on one line, without a space at either end',
});

function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}
