/**
 * Which transports git may use. GIT_ALLOW_PROTOCOL is above git's own `protocol.*.allow` (git(1)), so those of
 * --git-config are read here; helpers that run programs (`ext`, `fd`) or foreign code stay shut whatever it says.
 */
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { GitSetting } from './git-config-list.ts';

export type Protocol = 'http' | 'https' | 'ssh' | 'file';

const NAMES: readonly string[] = ['http', 'https', 'ssh', 'file'] satisfies readonly Protocol[];

/**
 * The protocols for submodules: as in git, `file` is not among them unless `protocol.file.allow` says `always`. (That of
 * --repo itself is always allowed: the user named it.) Throws an AppError `SETTING_INVALID` for a helper.
 */
export function submoduleProtocols(settings: readonly GitSetting[]): readonly Protocol[] {
  const allowed = new Set<string>(['http', 'https', 'ssh']);
  for (const { key, value } of settings) {
    const groups = /^protocol\.(?:(?<name>.*)\.)?allow$/i.exec(key)?.groups;
    if (groups === undefined) continue;
    const { name } = groups;
    if (name === undefined) {
      for (const one of NAMES) set(allowed, one, value);
    } else if (NAMES.includes(name)) set(allowed, name, value);
    else if (value !== 'never') throw refused(key, value);
  }
  return NAMES.filter((name): name is Protocol => allowed.has(name));
}

function set(allowed: Set<string>, name: string, value: string): void {
  if (value === 'always') allowed.add(name);
  else allowed.delete(name);
}

function refused(key: string, value: string): AppError {
  return new AppError(
    'SETTING_INVALID',
    `--git-config ${key}:${value} would allow a transport that is never used here`,
    'Leave it out: http, https, ssh and file are what there is.',
  );
}
