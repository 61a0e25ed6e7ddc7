import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FLAG_NAMES } from './flags.ts';
import { renderFlagTable, renderHelp } from './help.ts';

const README = new URL('../README.md', import.meta.url);

test('--help names every flag', () => {
  const help = renderHelp();
  for (const name of FLAG_NAMES) expect(help).toContain(`--${name}`);
});

test('the table of flags in README.md is the one that is made from the flags', () => {
  const readme = readFileSync(README, 'utf8');
  const table = /<!-- flags:begin[^>]*-->\n(?<table>.*?)\n<!-- flags:end -->/s.exec(readme)?.groups?.['table'];
  expect(table?.trim()).toBe(renderFlagTable());
});
