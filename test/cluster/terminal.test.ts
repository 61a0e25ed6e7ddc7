/** What people see: the commands in a real terminal, wide and narrow, with and without colours. */
import { describe, expect, test } from 'vitest';
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

const SCREENS = [
  { columns: 80, isColoured: true },
  { columns: 80, isColoured: false },
  { columns: 40, isColoured: true },
  { columns: 40, isColoured: false },
];

describe.each(SCREENS)('on $columns columns, coloured: $isColoured', { concurrent: true }, (screen) => {
  const { columns, isColoured } = screen;
  test.each(COMMANDS)('$args.0', async ({ args, shows, canWrap, minColours }) => {
    const { exitCode, text, wrappedRows, colours, bytes } = await runInTerminal(args, {
      columns,
      env: isColoured ? {} : { NO_COLOR: '1' },
    });
    expect(exitCode).toBe(0);
    expect(shows.filter((word) => !text.includes(word))).toEqual([]);
    expect(canWrap ? [] : wrappedRows).toEqual([]);
    expect(colours).toBeGreaterThanOrEqual(isColoured ? minColours : 0);
    expect(isColoured ? '' : bytes).not.toContain('\u001B');
  });
});
