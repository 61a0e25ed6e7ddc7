/**
 * The --repo value, judged before any process is started. git runs programs for some kinds of URL (`ext::sh -c …`) and
 * ssh takes a host that begins with `-` for an option, so what may pass is listed, and everything else is refused.
 */
import { resolve } from 'node:path';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { Protocol } from './protocols.ts';

export interface RepoUrl {
  /** What git is given: without user and password where they would be a secret. */
  readonly url: string;
  readonly protocol: Protocol;
  /** The server it is on, in lower case; undefined for a file. */
  readonly host?: string;
  /** User and password of an http(s) URL; they travel in a header that only git's configuration knows. */
  readonly credential?: { readonly username: string; readonly password: string };
}

const REMEDY =
  'Write https://host/path, http://host/path, ssh://user@host/path, user@host:path, file:///path or a path.';
const USER = '(?:[A-Za-z0-9_][\\w.-]*@)?';
const HOST = '(?<host>[A-Za-z0-9][\\w.-]*|\\[[0-9A-Fa-f:.]+\\])';
const SCP_LIKE = new RegExp(`^${USER}${HOST}:(?<path>[^-:][^:]*)$`);
const SSH = new RegExp(`^ssh://${USER}${HOST}(?::\\d+)?/(?!-).`);
const FILE = /^file:\/\/(?:localhost)?\/./;

/**
 * Takes a repository's address apart; an AppError `REPO_REFUSED` says what is wrong with it, without its secrets, and
 * names it as `source`. A path is made absolute.
 */
export function parseRepoUrl(text: string, source = '--repo'): RepoUrl {
  const refuse = (reason: string) => refused(source, text, reason);
  if (/[\p{Cc}]|%[01][0-9a-f]|%7f/iu.test(text)) throw refuse('contains control characters');
  if (/^\.{0,2}\//.test(text)) return { url: resolve(text), protocol: 'file' };
  // Written with escapes they would reach the credential protocol and terminals as well.
  if (/\s/u.test(text)) throw refuse('contains white space');
  if (text.startsWith('-')) throw refuse('begins with "-"');
  if (/^[\w+.-]+::/.test(text)) throw refuse('names a transport helper');
  if (/^https?:\/\//.test(text)) return parseHttpUrl(text, refuse);
  if (FILE.test(text)) return { url: text, protocol: 'file' };
  const ssh = SSH.exec(text) ?? (text.includes('://') ? null : SCP_LIKE.exec(text));
  if (ssh === null) throw refuse('is not an address of a kind that is allowed');
  return { url: text, protocol: 'ssh', host: hostName(ssh.groups?.['host'] ?? '') };
}

/** A host as it is compared: without brackets, in lower case. */
export function hostName(written: string): string {
  return written.replaceAll(/^\[|\]$/g, '').toLowerCase();
}

/** The text with everything that may be a user or a password replaced. */
export function redactUrl(text: string): string {
  return text.replace(/\/\/.*@/su, '//REDACTED@');
}

function parseHttpUrl(text: string, refuse: (reason: string) => AppError): RepoUrl {
  if (!URL.canParse(text) || /%(?![0-9a-f]{2})/i.test(text)) throw refuse('is not a valid URL');
  const url = new URL(text);
  const { username, password } = url;
  if (url.search !== '' || url.hash !== '') throw refuse('has a query or a fragment');
  const address = { protocol: url.protocol === 'https:' ? 'https' : 'http', host: hostName(url.hostname) } as const;
  if (username === '' && password === '') return { url: text, ...address };
  url.username = '';
  url.password = '';
  const credential = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { url: url.href, ...address, credential };
}

function refused(source: string, text: string, reason: string): AppError {
  return new AppError('REPO_REFUSED', `${source} ${JSON.stringify(redactUrl(text))} ${reason}`, REMEDY);
}
