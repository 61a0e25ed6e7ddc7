/** The README's table of what was measured: ratios to HAProxy, since requests a second say more about the machine. */
import type { BenchmarkReport, Figures } from '../benchmark.ts';

/** A row a case, a column a subject; with no report, a sentence that says so. */
export function renderComparison(report: BenchmarkReport | undefined): string {
  if (report === undefined) return 'Nothing was measured yet.\n';
  const { environment, results } = report;
  const subjects = [...new Set(results.map(({ subject }) => String(subject)))];
  const groups = new Map<string, Figures[]>();
  for (const row of results) {
    const name = `${row['case']}, log ${row['accessLog'] === true ? 'on' : 'off'}`;
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  const rows = [...groups].map(([name, group]) => [
    name,
    ...subjects.map((subject) => renderCell(group.find((row) => row['subject'] === subject))),
  ]);
  const head = ['', ...subjects];
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
  const versions = subjects.flatMap((subject) => {
    const version = environment[subject];
    return version === undefined ? [] : [`${subject}: ${version}`];
  });
  const machine = [environment['cpu'], environment['rounds']].filter((text) => text !== undefined);
  return `${table}\n${[...versions, ...machine].join('. ')}.\n`;
}

function renderCell(row: Figures | undefined): string {
  if (row === undefined) return '';
  const mib = (Number(row['rssBytes']) / 2 ** 20).toFixed(0);
  return `${Number(row['ratioToHaproxy']).toFixed(2)} (${row['p99Ms']} ms, ${mib} MiB)`;
}
