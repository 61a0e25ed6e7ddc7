/** What people see: the commands in a real terminal, wide and narrow, with and without colours. */
import { expect, test } from 'vitest';
import { connectToKit } from '../support/kit.ts';
import { runInTerminal } from '../support/terminal.ts';

await connectToKit();

const COMMANDS = [
  { args: ['status'], shows: ['namespace pod-patterns', 'combined', 'Running'] },
  { args: ['xray', 'sidecar', '--text'], shows: ['Containers', 'native sidecar', 'Volumes', 'git-sync', 'Processes'] },
  { args: ['logs', 'sidecar', '--tail', '5'], shows: ['git-sync', 'nginx'] },
];

const CASES = COMMANDS.flatMap((command) =>
  [80, 40].map((columns) => ({ ...command, columns, name: command.args[0] })),
);

test.each(CASES)('$name at $columns columns, in colours', async ({ args, shows, columns }) => {
  const screen = await runInTerminal(args, { columns });
  expect(screen.exitCode).toBe(0);
  const text = screen.rows.join('\n');
  expect(shows.filter((word) => !text.includes(word))).toEqual([]);
  expect(screen.colours).toBeGreaterThan(1);
  // Lines of a log are never cut: the terminal wraps them. Everything else fits by itself.
  if (args[0] !== 'logs') expect(screen.wrappedRows).toEqual([]);
});

test.each(CASES)('$name at $columns columns, with NO_COLOR: not one escape', async ({ args, shows, columns }) => {
  const screen = await runInTerminal(args, { columns, env: { NO_COLOR: '1' } });
  const text = screen.rows.join('\n');
  expect(shows.filter((word) => !text.includes(word))).toEqual([]);
  expect(screen.bytes).not.toContain('\u001B');
});

test('logs: each container has a colour of its own', async () => {
  const { colours } = await runInTerminal(['logs', 'combined', '--tail', '3'], { columns: 80 });
  expect(colours).toBeGreaterThanOrEqual(5);
});
