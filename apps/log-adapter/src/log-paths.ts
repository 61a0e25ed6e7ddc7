/** Which names in which folders are logs, and which are the past of a log: files that were put aside. */
import { glob } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface LogName {
  /** The path of the log that it is a part of. */
  readonly logPath: string;
  /** Which file of its past it is: a number or a date; undefined for the log itself. */
  readonly label: string | undefined;
}

export interface LogPaths {
  /** The folders without a pattern in their name: they are watched, and have to be there. */
  readonly fixedFolders: readonly string[];
  /** All folders that may have logs now. */
  folders(): Promise<readonly string[]>;
  /** Sorts out the names of a folder. `isKnown` tells whether a path is that of a log that was there before. */
  classify(folder: string, names: readonly string[], isKnown: (path: string) => boolean): Map<string, LogName>;
  /** It was named in full, and not by a pattern. */
  isLiteral(path: string): boolean;
}

/** `.1`, `.2`, and dates such as `-20261123` or `.2026-11-23`; compressed files and backups are no part of the log. */
const PUT_ASIDE = /^(?<log>.+?)[.-](?<label>\d[\d._T-]*)$/;

const MAGIC = /[*?[{]/;

/**
 * Paths, or patterns of them, with `*`, `?`, `[a-z]` and `{one,other}`; in folders also `**`. What `exclude` matches is
 * left out: a pattern with a `/` is one of the whole path, another one is one of the name.
 */
export function compileLogPaths(paths: readonly string[], exclude: readonly string[] = []): LogPaths {
  const patterns = paths.map((path) => ({
    folder: dirname(path),
    name: basename(path),
    isFolderFixed: !MAGIC.test(dirname(path)),
    regExp: toRegExp(basename(path)),
  }));
  const literals = new Set(paths.filter((path) => !MAGIC.test(path)));
  const excluded = exclude.map((pattern) => ({ isOfPath: pattern.includes('/'), regExp: toRegExp(pattern) }));
  const fixedFolders = [...new Set(patterns.filter((pattern) => pattern.isFolderFixed).map(({ folder }) => folder))];
  const folderPatterns = [...new Set(patterns.filter(({ isFolderFixed }) => !isFolderFixed).map((one) => one.folder))];
  const folderRegExps = new Map(folderPatterns.map((pattern) => [pattern, toRegExp(pattern)]));

  const isExcluded = (folder: string, name: string): boolean =>
    excluded.some(({ isOfPath, regExp }) => regExp.test(isOfPath ? join(folder, name) : name));

  return {
    fixedFolders,
    async folders() {
      const found = new Set(fixedFolders);
      if (folderPatterns.length > 0) for await (const folder of glob(folderPatterns)) found.add(folder);
      return [...found];
    },
    classify(folder, names, isKnown) {
      const here = patterns.filter((one) => one.folder === folder || folderRegExps.get(one.folder)?.test(folder));
      const isLog = (name: string): boolean => here.some(({ regExp }) => regExp.test(name));
      const present = new Set(names);
      const result = new Map<string, LogName>();
      for (const name of names) {
        if (isExcluded(folder, name)) continue;
        const { log, label } = PUT_ASIDE.exec(name)?.groups ?? {};
        // A pattern may match the names of the past as well: they are the past if there is, or was, a log to them.
        const logPath = join(folder, log ?? '');
        const isPast =
          log !== undefined && isLog(log) && (literals.has(logPath) || present.has(log) || isKnown(logPath));
        if (isPast && !literals.has(join(folder, name))) result.set(name, { logPath, label });
        else if (isLog(name)) result.set(name, { logPath: join(folder, name), label: undefined });
      }
      return result;
    },
    isLiteral: (path) => literals.has(path),
  };
}

function toRegExp(pattern: string): RegExp {
  let depth = 0;
  const source = pattern.replaceAll(/\*\*\/|\*\*|\[!?[^\]/]+\]|[*?{},]|[\\^$.|+()[\]]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part === '{') {
      depth += 1;
      return '(?:';
    }
    if (part === '}' && depth > 0) {
      depth -= 1;
      return ')';
    }
    if (part === ',' && depth > 0) return '|';
    if (part.length > 1) return part.replace('[!', '[^').replaceAll('\\', '\\\\');
    return part === ',' ? part : `\\${part}`;
  });
  return new RegExp(`^${source}$${depth > 0 ? ')'.repeat(depth) : ''}`, 'su');
}
