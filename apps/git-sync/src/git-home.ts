/**
 * The one configuration that every git process of ours reads: $HOME/.gitconfig in a folder of our own.
 * A file rather than `-c` options and variables, because it keeps a credential out of argv, which all containers of a
 * Pod with a shared process namespace can read, and because simple-git's guard against unsafe options stays shut.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import { authorizationHeaders, type Credential } from './credentials.ts';
import { renderSetting, renderSettings, type GitHomeSettings } from './git-settings.ts';

export interface GitHome extends AsyncDisposable {
  readonly path: string;
  /** Puts these credentials in the place of those before; does nothing if they are the same. */
  readonly setCredentials: (credentials: readonly Credential[]) => Promise<void>;
}

/**
 * Creates the folder below `parent`; it is removed when disposed of, and those that a killed process with the same --root
 * has left there are removed now. Throws an AppError `TMP_UNUSABLE`.
 */
export async function createGitHome(
  parent: string,
  settings: GitHomeSettings & { readonly root: string },
): Promise<GitHome> {
  // $TMPDIR may be shared with others, which follow other repositories.
  const prefix = `git-sync-home-${createHash('sha256').update(settings.root).digest('hex').slice(0, 12)}-`;
  const left = await readdir(parent).catch(() => []);
  for (const name of left.filter((name) => name.startsWith(prefix))) {
    await rm(join(parent, name), { recursive: true, force: true });
  }
  const path = await mkdtemp(join(parent, prefix)).catch((cause: unknown) => {
    const reason = `cannot create a folder in ${parent}: ${describeError(cause)}`;
    throw new AppError('TMP_UNUSABLE', reason, 'Mount a writable volume there, or set TMPDIR.', { cause });
  });
  const templates = join(path, 'templates');
  await mkdir(templates);
  const fixed = `${renderSettings(settings)}${renderSetting('init.templateDir', templates)}`;
  let written = '';
  const write = async (credentials: readonly Credential[]) => {
    const headers = authorizationHeaders(credentials).map(({ url, value }) =>
      renderSetting(`http.${url}.extraHeader`, value),
    );
    const text = [fixed, ...headers].join('');
    if (text === written) return;
    const temporary = join(path, '.gitconfig.new');
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, join(path, '.gitconfig'));
    written = text;
  };
  await write([]);
  return { path, setCredentials: write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
