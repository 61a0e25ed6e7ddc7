/** What people see: the commands in a real terminal, wide and narrow, with and without colours. */
import { expect, test } from 'vitest';
import { connectToKit } from '../support/kit.ts';
import { runInTerminal } from '../support/terminal.ts';

await connectToKit();

/** Lines of a log are never cut: the terminal wraps them. Everything else fits by itself. */
const COMMANDS = [
  { args: ['status'], shows: ['pod-patterns', 'combined', 'Running'], canWrap: false, minColours: 1 },
  {
    args: ['xray', 'sidecar', '--text'],
    shows: ['Containers', 'native sidecar', 'Volumes', 'git-sync', 'Processes', '/pause'],
    canWrap: false,
    minColours: 1,
  },
  { args: ['logs', 'combined', '--tail', '3'], shows: ['git-sync', 'nginx'], canWrap: true, minColours: 5 },
];

test.each(COMMANDS)('$args.0 in a wide terminal, in colours', async ({ args, shows, canWrap, minColours }) => {
  const screen = await runInTerminal(args, { columns: 80 });
  expect(screen.exitCode).toBe(0);
  expect(shows.filter((word) => !screen.text.includes(word))).toEqual([]);
  expect(canWrap ? [] : screen.wrappedRows).toEqual([]);
  expect(screen.colours).toBeGreaterThanOrEqual(minColours);
});

test.each(COMMANDS)('$args.0 on 40 columns, with NO_COLOR: not one escape', async ({ args, shows, canWrap }) => {
  const screen = await runInTerminal(args, { columns: 40, env: { NO_COLOR: '1' } });
  expect(screen.exitCode).toBe(0);
  expect(shows.filter((word) => !screen.text.includes(word))).toEqual([]);
  expect(canWrap ? [] : screen.wrappedRows).toEqual([]);
  expect(screen.bytes).not.toContain('\u001B');
});
