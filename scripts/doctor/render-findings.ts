/** The findings as text for a terminal. */
import { styleText } from 'node:util';
import { printable, wrap, type RenderOptions } from '../deploy/render-status.ts';
import type { Finding } from './finding.ts';

const MARKS = {
  ok: ['✓', 'green'],
  warning: ['!', 'yellow'],
  failure: ['✗', 'red'],
  unknown: ['?', 'dim'],
} as const;

/** One line for what is well; why it matters and what to do for what is not. */
export function renderFindings(findings: readonly Finding[], { color, width }: RenderOptions): string {
  const lines = findings.flatMap(({ check, state, found, why, fix }) => {
    const [mark, format] = MARKS[state];
    const painted = color ? styleText(format, mark, { validateStream: false }) : mark;
    const [first = '', ...more] = wrap(`${check}: ${found}`, width - 2);
    const details = state === 'ok' ? [] : [`why: ${why}`, ...(fix === undefined ? [] : [`fix: ${fix}`])];
    return [
      `${painted} ${first}`,
      ...[...more, ...details.flatMap((detail) => wrap(detail, width - 4))].map((line) => `    ${printable(line)}`),
    ];
  });
  return [...lines, '', conclusion(findings)].join('\n');
}

function conclusion(findings: readonly Finding[]): string {
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  const failures = count('failure');
  if (failures > 0) return `${failures} of ${findings.length} must be put right before npm run up can work.`;
  const warnings = count('warning');
  return warnings === 0 ? 'npm run up can work.' : `npm run up can work; ${warnings} may cause trouble later.`;
}
