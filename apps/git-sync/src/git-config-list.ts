/** The value of --git-config: `key:value,"key":"value"`, as kubernetes/git-sync writes it. */
import { AppError } from '@pod-patterns/runtime/errors.ts';

export interface GitSetting {
  /** `section.name` or `section.subsection.name`. */
  readonly key: string;
  readonly value: string;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', ',': ',', '\\': '\\' };
/** git-config(1): a section of letters, digits and hyphens, perhaps a subsection of anything, a name. */
const KEY = /^[A-Za-z0-9-]+\.(?:[^\n\0]*\.)?[A-Za-z][A-Za-z0-9-]*$/;

/**
 * Takes the list apart. Keys may be quoted, and must be if they hold a colon; values may be quoted, and without quotes a
 * comma in them is written `\,`. Throws an AppError `SETTING_INVALID` that names `flag`.
 */
export function parseGitConfigList(flag: string, text: string): readonly GitSetting[] {
  const settings: GitSetting[] = [];
  let rest = text;
  const fail = (reason: string): never => {
    throw new AppError('SETTING_INVALID', `--${flag}: ${reason}`, 'Write it as key:value,"key":"value".');
  };
  while (rest !== '') {
    const key = /^(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^":][^:]*)):/s.exec(rest);
    if (key === null) return fail(`after ${JSON.stringify(settings.at(-1)?.key ?? '')} comes no key with a colon`);
    const name = key.groups?.['plain'] ?? unescape(key.groups?.['quoted'] ?? '', fail);
    if (!KEY.test(name)) return fail(`${JSON.stringify(name)} is no key of git's configuration`);
    const afterKey = rest.slice(key[0].length);
    const value = /^(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>(?:[^",\\]|\\.)(?:[^,\\]|\\.)*|))(?:,|$)/s.exec(afterKey);
    if (value === null) return fail(`the value of ${name} is not complete`);
    settings.push({ key: name, value: unescape(value.groups?.['quoted'] ?? value.groups?.['plain'] ?? '', fail) });
    rest = afterKey.slice(value[0].length);
  }
  return settings;
}

function unescape(text: string, fail: (reason: string) => never): string {
  return text.replaceAll(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? fail(`"\\${letter}" is no escape`));
}
