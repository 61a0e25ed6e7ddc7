import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FLAG_NAMES, variableOf } from './flags.ts';
import { renderHelp, renderManual } from './help.ts';

const README = new URL('../README.md', import.meta.url);

test('--help names every flag', () => {
  const help = renderHelp();
  for (const name of FLAG_NAMES) expect(help).toContain(`--${name}`);
});

test('--man names every flag and every variable, and no line is longer than 120 characters', () => {
  const manual = renderManual();
  for (const name of FLAG_NAMES) expect(manual).toContain(`--${name}`);
  const variables = FLAG_NAMES.map(variableOf).filter((variable) => variable !== undefined);
  for (const variable of variables) expect(manual).toContain(`$${variable}\n`);
  expect(manual.split('\n').filter((line) => line.length > 120)).toEqual([]);
});

test('the manual in README.md is the one that --man prints', () => {
  const readme = readFileSync(README, 'utf8');
  const manual = /<!-- manual:begin[^>]*-->\n```text\n(?<text>.*?)```\n<!-- manual:end -->/s.exec(readme)?.groups?.[
    'text'
  ];
  expect(manual).toBe(`${renderManual()}\n`);
});
