/** The plan as text for a terminal. */
import { styleText } from 'node:util';
import type { FieldChange } from './field-changes.ts';
import type { PlannedObject } from './plan.ts';
import { printable, type RenderOptions } from './render-status.ts';

const MARKS = {
  create: ['+', 'green', 'will be created'],
  change: ['~', 'yellow', 'will be changed'],
  conflict: ['!', 'red', 'is not changed as long as others own the fields below: npm run up -- --force-conflicts'],
  prune: ['-', 'red', 'will be deleted: it is in no manifest any more'],
  keep: ['=', 'dim', 'stays, because it holds data; npm run down deletes it'],
} as const;

/** Ends without a line break. */
export function renderPlan(planned: readonly PlannedObject[], { color, width }: RenderOptions): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(format, text, { validateStream: false }) : text;
  const lines = planned.flatMap(({ object, action, changes }) => {
    if (action === 'unchanged') return [];
    const [mark, format, words] = MARKS[action];
    return [
      paint(format, `${mark} ${printable(object)} ${words}`),
      ...changes.flatMap((change) => changeLines(change, width)),
    ];
  });
  const unchanged = planned.filter(({ action }) => action === 'unchanged').length;
  if (unchanged === planned.length) return `Nothing would change: ${unchanged} objects are as the manifests say.`;
  return [...lines, `= ${unchanged} objects are as the manifests say`].join('\n');
}

function changeLines({ path, before, after, manager }: FieldChange, width: number): string[] {
  const owner = manager === undefined ? '' : `  (set by ${manager})`;
  const line = `    ${printable(path)}: ${toText(before)} → ${toText(after)}${printable(owner)}`;
  // One line where it fits; else the values stand below each other, so that they can be compared.
  if (line.length <= width) return [line];
  const [removed, added] = differingLines(toLines(before), toLines(after));
  return [
    `    ${printable(path)}:${printable(owner)}`,
    ...removed.map((text) => `      - ${printable(text)}`),
    ...added.map((text) => `      + ${printable(text)}`),
  ];
}

function toText(value: unknown): string {
  return value === undefined ? 'nothing' : printable(JSON.stringify(value));
}

/** A text with several lines, such as a file in a ConfigMap, as these. */
function toLines(value: unknown): readonly string[] {
  return typeof value === 'string' && value.includes('\n') ? value.trimEnd().split('\n') : [toText(value)];
}

/** Without the lines that both begin or end with. */
function differingLines(before: readonly string[], after: readonly string[]): [string[], string[]] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [before.slice(start, before.length - end), after.slice(start, after.length - end)];
}
