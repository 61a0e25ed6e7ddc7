/** The score board, for a terminal and for the README. */
import { countResults, type CaseResult, type SubjectResult } from './results.ts';

const COLUMNS = [
  ['MUST', 'pass'],
  ['MUST', 'differs'],
  ['MUST', 'fail'],
  ['SHOULD', 'pass'],
  ['SHOULD', 'differs'],
  ['SHOULD', 'fail'],
] as const;

/** Counts of all, then each case that is not a pass with what happened; `details` names whose. */
export function renderBoard(subjects: readonly SubjectResult[]): string {
  const rows = [
    ['', ...COLUMNS.map((column) => column.join(' '))],
    ...subjects.map((subject) => [nameOf(subject), ...countsOf(subject)]),
  ];
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  const table = rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const details = subjects.flatMap((subject) => [
    '',
    nameOf(subject),
    ...subject.results.filter(({ outcome }) => outcome !== 'pass').map(renderCase),
  ]);
  return `${[...table, ...details].join('\n')}\n`;
}

function renderCase({ id, level, outcome, variant, expected, happened }: CaseResult): string {
  return `  ${id} ${level.padEnd(6)} ${outcome.padEnd(7)} ${variant}\n      expected ${expected}; ${happened}`;
}

const SIGNS = { pass: '✓', differs: '~', fail: '✗' } as const;

/** A row a number of the table: how many of its variants each subject passes, differs in and fails. */
export function renderMarkdown(subjects: readonly SubjectResult[]): string {
  const ids = [...new Set(subjects[0]?.results.map(({ id }) => id))];
  const head = ['', ...subjects.map(nameOf)];
  const total = COLUMNS.map(([level, outcome], index) => [
    `${level} ${outcome}`,
    ...subjects.map((subject) => countsOf(subject)[index] ?? ''),
  ]);
  const rows = ids.map((id) => [
    `${id} ${TITLES[id] ?? ''}`,
    ...subjects.map(({ results }) => renderCounts(results.filter((result) => result.id === id))),
  ]);
  return [head, head.map(() => '---'), ...total, ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

function renderCounts(results: readonly CaseResult[]): string {
  const count = (outcome: CaseResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const parts = (['pass', 'differs', 'fail'] as const).map((outcome) => [count(outcome), SIGNS[outcome]] as const);
  return parts
    .filter(([number]) => number > 0)
    .map(([number, sign]) => `${number} ${sign}`)
    .join(' ');
}

const nameOf = ({ name, version }: SubjectResult) => `${name} ${version}`;

function countsOf(subject: SubjectResult): string[] {
  return COLUMNS.map(([level, outcome]) => String(countResults(subject, level, outcome)));
}

/** What the numbers stand for. */
const TITLES: Readonly<Record<string, string>> = {
  P01: 'Content-Length beside Transfer-Encoding',
  P02: 'other versions of HTTP',
  P03: 'odd Transfer-Encoding',
  P04: 'odd Content-Length',
  P05: 'the same Content-Length twice',
  P06: 'odd chunk size',
  P07: 'odd end of a chunk',
  P08: 'odd chunk extension',
  P09: 'bodies of DELETE and OPTIONS',
  P10: 'a body, then another request',
  P11: 'folded headers',
  P12: 'odd header names',
  P13: 'odd header values',
  P14: 'odd Host',
  P15: 'absolute target',
  P16: 'odd target',
  P17: 'hop-by-hop headers',
  P18: 'headers that Connection names',
  P19: 'hop-by-hop headers of answers',
  P20: 'forwarded headers, trusted or not',
  P21: 'underscores in names',
  P22: 'Via',
  P23: 'Max-Forwards and TRACE',
  P24: '100 Continue',
  P25: '103 Early Hints',
  P26: 'trailers',
  P27: 'upgrades',
  P28: 'answers without a body',
  P29: 'odd answers',
  P30: 'answers that are broken off',
  P31: 'bytes nobody asked for',
  P32: 'clients that leave',
  P33: 'connections that die at reuse',
  P34: 'slow clients',
  P35: 'too much',
  P36: 'pipelining',
};
