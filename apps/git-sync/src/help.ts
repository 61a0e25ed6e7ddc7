/** The list of flags as text: short for --help, whole for --man and README.md. */
import { FLAG_GROUPS, FLAG_NAMES, flagOf, variableOf, type FlagName } from './flags.ts';

const WIDTH = 100;

/** What --help prints: a line for each flag. */
export function renderHelp(): string {
  const width = Math.max(...FLAG_NAMES.map((name) => spelling(name).length)) + 4;
  const groups = FLAG_GROUPS.map(({ title, names }) => {
    const lines = names.map((name) => {
      const { help, fallback, placeholder } = flagOf(name);
      const note = placeholder === undefined || fallback === '' ? '' : ` [${fallback}]`;
      return `  ${spelling(name)}`.padEnd(width) + (/^.*?[.](?= |$)/.exec(help)?.[0] ?? help) + note;
    });
    return [`${title}:`, ...lines, ''].join('\n');
  });
  return [
    'Usage: git-sync --repo=URL --root=DIR [FLAG…]',
    '',
    'Follows a ref of a git repository and publishes each commit through a symlink that moves atomically.',
    '',
    ...groups,
    'Flags are variables too: --max-failures is GITSYNC_MAX_FAILURES. The flag wins. Times: 500ms, 10s, 1m30s.',
    '',
  ].join('\n');
}

/** What --man prints, and what README.md holds between its marks. */
export function renderManual(): string {
  const flags = FLAG_GROUPS.flatMap(({ title, names }) => [title.toUpperCase(), ...names.map(renderFlag)]);
  return [
    'NAME',
    '  git-sync - follow a ref of a git repository, and publish each commit through a symlink',
    '',
    'SYNOPSIS',
    '  git-sync --repo=URL --root=DIR [FLAG…]',
    '',
    ...flags,
  ].join('\n');
}

function renderFlag(name: FlagName): string {
  const { help, fallback, isOurs, placeholder, separator } = flagOf(name);
  const variable = variableOf(name);
  const notes = [
    ...(placeholder === undefined && fallback === 'false' ? [] : fallback === '' ? [] : [`Default: ${fallback}.`]),
    ...(separator === undefined ? [] : [`May be repeated; in the variable: ${separatorName(separator)}.`]),
    ...(isOurs === true ? ['(Not in kubernetes/git-sync.)'] : []),
  ];
  const head = `  ${spelling(name)}${variable === undefined ? '' : `, $${variable}`}`;
  return [head, ...wrap([help, ...notes].join(' ')).map((line) => `      ${line}`), ''].join('\n');
}

function separatorName(separator: string): string {
  return separator === '\u001e' ? 'a JSON list' : `separated by "${separator}"`;
}

function wrap(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > WIDTH - 8) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function spelling(name: FlagName): string {
  const { short, placeholder } = flagOf(name);
  const long = placeholder === undefined ? `--${name}` : `--${name}=${placeholder}`;
  return short === undefined ? long : `-${short}, ${long}`;
}
