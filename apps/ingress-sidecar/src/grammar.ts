/**
 * What may stand in the files of HAProxy. Ingress objects come from users, and the API server is generous: a path may hold
 * blanks and line feeds' encodings. Whatever does not match is refused, never escaped, so there is nothing to get wrong.
 */
import { isIPv4, isIPv6 } from 'node:net';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`);
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
/** Letters, digits, and of RFC 3986's other characters those that mean nothing to HAProxy and to a shell. */
const PATH = /^(?:\/(?:[A-Za-z0-9._~!@+,=:-]|%[0-9A-Fa-f]{2})*)+$/;
/** Segments that a server behind might take for none or for the one above: `//`, `/./`, `/../`, and encoded slashes. */
const AMBIGUOUS = /\/(?:\.|%2e){0,2}(?=\/)|\/(?:\.|%2e){1,2}$|%(?:2f|5c)/i;
const MAX_PATH_LENGTH = 1_024;

/** Why the host of a rule cannot be used; undefined if it can. */
export function hostFault(host: string): string | undefined {
  return host.length <= 253 && HOST.test(host) ? undefined : `the host ${shown(host)} is no DNS name in lower case`;
}

/** Why the path of a rule cannot be used; undefined if it can. */
export function pathFault(path: string): string | undefined {
  if (path.length > MAX_PATH_LENGTH) return `the path is longer than ${MAX_PATH_LENGTH} characters`;
  if (!PATH.test(path)) return `the path ${shown(path)} has characters that are not allowed here`;
  if (AMBIGUOUS.test(path)) return `the path ${shown(path)} has segments that two servers could read differently`;
  return undefined;
}

/** Whether it is the name of an object, and so of a file. */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && NAME.test(name);
}

/** An address as HAProxy writes it, with its port; undefined for anything else, and for this Pod's own loopback. */
export function serverAddress(address: string, port: number): string | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  if (isIPv4(address)) return /^(?:127|0)\./.test(address) ? undefined : `${address}:${port}`;
  return isIPv6(address) && !/^(?:::1?|::ffff:.*|fe80:.*|.*%.*)$/i.test(address) ? `[${address}]:${port}` : undefined;
}

/** On one line and short, for messages. */
function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
