/** `npm run bench -- NAME`: measures, prints the figures, and keeps them in test/bench/results. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { runCommand, type CommandContext, type CommandResult } from '../../scripts/cli/command.ts';
import { ensureEngine } from '../../scripts/engine/engine.ts';
import type { Figures } from './benchmark.ts';
import { BENCHMARKS } from './benchmarks.ts';

async function bench({ argument, host, root, progress }: CommandContext): Promise<CommandResult> {
  const benchmark = BENCHMARKS.find(({ name }) => name === argument);
  if (benchmark === undefined) throw new AppError('USAGE', `there is no benchmark "${argument}"`, 'See --help.');
  const engine = await progress.step('engine', 'container engine', (note) => ensureEngine(host, note));
  const report = await progress.step('benchmark', benchmark.name, (note) => benchmark.run({ engine, root, note }));
  const data = { command: `npm run bench -- ${benchmark.name} --json`, ...report };
  const folder = new URL('results/', import.meta.url).pathname;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${benchmark.name}.json`), `${JSON.stringify(data, undefined, 2)}\n`);
  await benchmark.publish?.(report);
  return { data, text: renderTable(report.results) };
}

/** Keys as columns, in the order of the first row. */
function renderTable(results: readonly Figures[]): string {
  const columns = Object.keys(results[0] ?? {});
  const rows = [columns, ...results.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

await runCommand({
  name: 'bench',
  summary: "Measures one of the kit's programs beside others that do the same, all in one run.",
  argument: {
    placeholder: 'NAME',
    summary: 'what to measure',
    choices: BENCHMARKS.map(({ name }) => name),
    isRequired: true,
  },
  examples: BENCHMARKS.map(({ name, summary }) => `npm run bench -- ${name}\n    ${summary}`),
  run: bench,
});
