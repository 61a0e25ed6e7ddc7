/**
 * Users and passwords for http(s), as git gets them: headers in its configuration, for the addresses they belong to.
 * They are read before each sync, so that a Secret that has changed is in use without a restart.
 */
import { readFile } from 'node:fs/promises';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import * as z from 'zod';

export interface CredentialSource {
  /** The http(s) address it is for: that path and what is below it, and the rest of the server if nothing else is. */
  readonly url: string;
  readonly username: string;
  readonly password?: string | undefined;
  /** Where the password is, if not in `password`. */
  readonly passwordFile?: string | undefined;
}

export interface Credential {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

const Shape = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, error: 'is no http or https URL' }),
    username: z.string().min(1),
    password: z.string().optional(),
    'password-file': z.string().optional(),
  })
  .refine((one) => (one.password === undefined) !== (one['password-file'] === undefined), {
    error: 'must have either password or password-file',
  });
const List = z.union([Shape.transform((one) => [one]), z.array(Shape)]);

/** Takes values of --credential apart. The AppError `SETTING_INVALID` quotes nothing of them. */
export function parseCredentials(values: readonly string[]): readonly CredentialSource[] {
  return values.flatMap((value) => {
    const parsed = List.safeParse(parseJson(value));
    if (parsed.success) {
      return parsed.data.map(({ 'password-file': passwordFile, ...one }) => ({ ...one, passwordFile }));
    }
    throw new AppError(
      'SETTING_INVALID',
      '--credential is not an object with url (http or https), username and one of password and password-file, nor a list of such objects',
      'Write it like {"url":"https://git.example.com","username":"me","password-file":"/creds/password"}.',
    );
  });
}

/** Reads the passwords that are in files. Throws an AppError `CREDENTIAL_UNREADABLE`. */
export async function readCredentials(sources: readonly CredentialSource[]): Promise<readonly Credential[]> {
  return await Promise.all(
    sources.map(async ({ url, username, password = '', passwordFile }) => ({
      url,
      username,
      password: passwordFile === undefined ? password : await readSecretFile(passwordFile, 'CREDENTIAL_UNREADABLE'),
    })),
  );
}

/** A secret without the line end that editors and `kubectl create secret` leave behind it. */
export async function readSecretFile(path: string, code: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError(code, `cannot read ${path}: ${describeError(cause)}`, 'Mount the Secret there.', { cause });
  });
  return text.replace(/\r?\n$/, '');
}

export interface Header {
  /** Which requests it is for: git-config(1), `http.<url>.*`. */
  readonly url: string;
  readonly value: string;
}

/**
 * The headers, the most particular address first: of several that match, git takes the first and those that are more
 * particular (it would send all that come after a lesser one). A server's first credential is also for its other
 * repositories, as in kubernetes/git-sync, which looks at the host only.
 */
export function authorizationHeaders(credentials: readonly Credential[]): readonly Header[] {
  const entries = credentials.map(({ url, username, password }) => {
    const { origin, pathname } = new URL(url);
    const value = `Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return { origin, path: pathname.replace(/(?:\.git)?\/*$/, ''), value };
  });
  const particular = entries
    .filter(({ path }) => path !== '')
    .sort((left, right) => right.path.length - left.path.length)
    .flatMap(({ origin, path, value }) => [`${path}.git`, path].map((one) => ({ url: `${origin}${one}`, value })));
  const general = entries
    .toSorted((left, right) => left.path.length - right.path.length)
    .map(({ origin, value }) => ({ url: `${origin}/`, value }));
  const all = [...particular, ...general];
  return all.filter(({ url }, index) => all.findIndex((other) => other.url === url) === index);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
