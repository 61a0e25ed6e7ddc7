/** The list of flags as text for --help and as a table for README.md. */
import { FLAG_NAMES, flagOf, variableOf, type FlagName } from './flags.ts';

/** What --help prints. */
export function renderHelp(): string {
  const names = FLAG_NAMES.map((name) => `  ${spelling(name)}`);
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const lines = FLAG_NAMES.map((name, index) => {
    const { help, fallback, placeholder } = flagOf(name);
    const note = placeholder === undefined || fallback === '' ? '' : ` [${fallback}]`;
    return `${(names[index] ?? '').padEnd(width)}${help}${note}`;
  });
  return [
    'Usage: git-sync --repo=URL --root=DIR [FLAG…]',
    '',
    'Follows a ref of a git repository and publishes each commit through a symlink that moves atomically.',
    '',
    ...lines,
    '',
    'Each flag but the last two is also a variable: --max-failures is GITSYNC_MAX_FAILURES. The flag wins.',
    'Times are written as 500ms, 10s, 1m30s.',
    '',
  ].join('\n');
}

/** The table between the marks in README.md. */
export function renderFlagTable(): string {
  const rows = FLAG_NAMES.map((name) => {
    const { help, fallback, isOurs } = flagOf(name);
    const variable = variableOf(name);
    const cells = [
      `\`${spelling(name)}\``,
      variable === undefined ? '' : `\`${variable}\``,
      fallback === '' ? '' : `\`${fallback}\``,
      isOurs === true ? `${help} (not in kubernetes/git-sync)` : help,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| flag | variable | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function spelling(name: FlagName): string {
  const { short, placeholder } = flagOf(name);
  const long = placeholder === undefined ? `--${name}` : `--${name}=${placeholder}`;
  return short === undefined ? long : `-${short}, ${long}`;
}
