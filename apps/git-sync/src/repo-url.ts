/**
 * The --repo value, judged before any process is started. git runs programs for some kinds of URL (`ext::sh -c …`) and
 * ssh takes a host that begins with `-` for an option, so what may pass is listed, and everything else is refused.
 */
import { AppError } from '@pod-patterns/runtime/errors.ts';

export type Protocol = 'http' | 'https' | 'ssh' | 'file';

export interface RepoUrl {
  /** What git is given: without user and password where they would be a secret. */
  readonly url: string;
  readonly protocol: Protocol;
  /** User and password of an http(s) URL; they travel in a header that only git's configuration knows. */
  readonly credential?: { readonly origin: string; readonly basic: string };
}

const REMEDY =
  'Write https://host/path, http://host/path, ssh://user@host/path, user@host:path or file:///path in --repo.';
const SCP_LIKE =
  /^(?:(?<user>[A-Za-z0-9_][\w.-]*)@)?(?<host>[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\]):(?<path>[^-:][^:]*)$/;
const SSH = /^ssh:\/\/(?:(?<user>[A-Za-z0-9_][\w.-]*)@)?(?:[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?\/(?!-)./;
const FILE = /^file:\/\/(?:localhost)?\/./;

/** Takes a repository's address apart; an AppError `REPO_REFUSED` says what is wrong with it, without its secrets. */
export function parseRepoUrl(text: string): RepoUrl {
  // Written with escapes they would reach the credential protocol and terminals as well.
  if (/[\s\p{Cc}]|%[01][0-9a-f]|%7f/iu.test(text)) throw refused(text, 'contains white space or control characters');
  if (text.startsWith('-')) throw refused(text, 'begins with "-"');
  if (/^[\w+.-]+::/.test(text)) throw refused(text, 'names a transport helper');
  if (/^https?:\/\//.test(text)) return parseHttpUrl(text);
  if (SSH.test(text)) return { url: text, protocol: 'ssh' };
  if (FILE.test(text)) return { url: text, protocol: 'file' };
  if (/^\.{0,2}\//.test(text)) throw refused(text, 'is a path, not a URL');
  if (text.includes('://')) throw refused(text, 'is not an address of a kind that is allowed');
  if (SCP_LIKE.test(text)) return { url: text, protocol: 'ssh' };
  throw refused(text, 'is not an address of a kind that is allowed');
}

/** The text with everything that may be a user or a password replaced. */
export function redactUrl(text: string): string {
  return text.replace(/\/\/.*@/su, '//REDACTED@');
}

function parseHttpUrl(text: string): RepoUrl {
  if (!URL.canParse(text) || /%(?![0-9a-f]{2})/i.test(text)) throw refused(text, 'is not a valid URL');
  const url = new URL(text);
  const { username, password } = url;
  if (url.search !== '' || url.hash !== '') throw refused(text, 'has a query or a fragment');
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  if (username === '' && password === '') return { url: text, protocol };
  url.username = '';
  url.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url: url.href, protocol, credential: { origin: url.origin, basic: Buffer.from(pair).toString('base64') } };
}

function refused(text: string, reason: string): AppError {
  return new AppError('REPO_REFUSED', `--repo ${JSON.stringify(redactUrl(text))} ${reason}`, REMEDY);
}
