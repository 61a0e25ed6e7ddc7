/** The x-ray for a terminal: what the page shows, from top to bottom, within the width. */
import { styleText } from 'node:util';
import { escapeControls } from '../cli/escape-controls.ts';
import type { ProcessView, Snapshot } from './snapshot.ts';
import {
  describeFile,
  describePairs,
  formatAgo,
  formatOffset,
  listenerText,
  ROLE_WORDS,
  titleOf,
  UNKNOWN,
  wireEnds,
} from './words.ts';

export interface TextOptions {
  readonly hasColour: boolean;
  readonly columns: number;
}

type Format = Parameters<typeof styleText>[0];
type Paint = (format: Format, text: string) => string;

interface Style {
  readonly paint: Paint;
  readonly columns: number;
}

type View = Omit<Snapshot, 'actions'>;

const SHOWN_FILES = 6;
const SHOWN_ENTRIES = 20;

export function renderText(view: View, { hasColour, columns }: TextOptions): string {
  const paint: Paint = (format, text) => (hasColour ? styleText(format, text, { validateStream: false }) : text);
  const style = { paint, columns };
  const { pod } = view;
  const facts = [
    `namespace ${view.namespace}`,
    pod.node && `node ${pod.node}`,
    pod.address && `address ${pod.address}`,
  ];
  const sharing = pod.sharesProcesses ? 'one process namespace for all' : 'a process namespace for each container';
  return [
    ...block(paint('bold', fit(titleOf(view), columns)), [
      ...wrap(`${facts.filter(Boolean).join(', ')}; restarts ${pod.restarts}; ${sharing}`, columns),
    ]),
    ...block(heading('Containers', style), lanes(view, style)),
    ...block(heading('Volumes', style), volumes(view, style)),
    ...block(heading('Connections', style), connections(view, style)),
    ...block(heading('Processes', style), processes(view.processes, style)),
    ...(view.twin === undefined
      ? []
      : block(heading(`Processes of ${view.twin.name}`, style), processes(view.twin.processes, style))),
    ...block(heading('Timeline', style), timeline(view, style)),
    ...view.notes.flatMap((note) => wrap(`Note: ${note}`, columns)),
  ].join('\n');
}

function block(head: string, lines: readonly string[]): string[] {
  return [head, ...lines, ''];
}

function heading(text: string, { paint, columns }: Style): string {
  return paint('bold', `── ${fit(text, columns - 6)} ──`);
}

function lanes({ lanes: all, pod }: View, { paint, columns }: Style): string[] {
  return all.flatMap((lane) => {
    const mark = lane.isReady ? paint('green', '●') : paint(lane.state === 'Completed' ? 'dim' : 'yellow', '○');
    const started = lane.startedAt === undefined ? '' : `, since ${formatOffset(lane.startedAt, pod.createdAt)}`;
    const restarts = lane.restarts > 0 ? `, restarts ${lane.restarts}` : '';
    const details = [
      lane.lastEnd && `last ${lane.lastEnd.how}`,
      lane.image && `image ${lane.image}`,
      lane.uid !== undefined && `UID ${lane.uid}`,
      lane.ports.length > 0 && `ports ${lane.ports.join(', ')}`,
      ...lane.probes.map(({ kind, text }) => `${kind}: ${text}`),
      Object.keys(lane.requests).length > 0 && `requests ${describePairs(lane.requests)}`,
      Object.keys(lane.limits).length > 0 && `limits ${describePairs(lane.limits)}`,
      Object.keys(lane.checks).length > 0 && `says ${describePairs(lane.checks)}`,
    ].filter((detail) => typeof detail === 'string');
    const head = `${lane.name}  ${lane.state}${restarts}${started}  ${ROLE_WORDS[lane.role]}`;
    const [first = '', ...more] = wrap(head, columns - 2);
    return [
      `${mark} ${paint('bold', first)}`,
      ...more.map((line) => `  ${line}`),
      ...details.flatMap((detail) => hang(detail, 4, columns)),
    ];
  });
}

function volumes({ volumes: all, takenAt }: View, { paint, columns }: Style): string[] {
  return all.flatMap(({ name, source, mounts, files, leftOut, seenBy }) => [
    ...wrap(`${name} (${source})`, columns).map((line) => paint('bold', line)),
    ...mounts.flatMap(({ container, path, isReadOnly }) =>
      hang(`${isReadOnly ? 'ro' : 'rw'}  ${container}  ${path}`, 2, columns),
    ),
    ...files
      .slice(0, SHOWN_FILES)
      .flatMap((file) =>
        hang(
          `${file.path}  ${describeFile(file)}  ${formatAgo(file.modifiedAt, takenAt)}  ${file.owner}`,
          6,
          columns,
        ).map((line) => paint('dim', line)),
      ),
    ...more(Math.max(0, files.length - SHOWN_FILES) + leftOut),
    ...(seenBy === undefined ? ['      not looked into'] : []),
  ]);
}

function more(count: number): string[] {
  return count > 0 ? [`      and ${count} more`] : [];
}

function connections({ network: { listeners, wires } }: View, { columns }: Style): string[] {
  return [
    ...listeners.flatMap((listener) => {
      const recent = listener.recent > 0 ? `  ${listener.recent} in the last minute` : '';
      return hang(`${listener.container ?? UNKNOWN} listens on ${listenerText(listener)}${recent}`, 2, columns);
    }),
    ...wires.flatMap((wire) => {
      const { from, to } = wireEnds(wire);
      const where = wire.direction === 'out' ? `${wire.address}:${wire.port}` : String(wire.port);
      return hang(`${from} ──${where}──▶ ${to}${wire.count > 1 ? `  ×${wire.count}` : ''}`, 2, columns);
    }),
  ];
}

function processes({ processes: all, isShared, leftOut }: ProcessView, { paint, columns }: Style): string[] {
  const lines = all.flatMap((node, index) => {
    const isFirst = !isShared && all[index - 1]?.container !== node.container;
    const text = `${String(node.pid).padStart(5)} ${'  '.repeat(node.depth)}${node.command}`;
    return [
      ...(isFirst ? [paint('bold', `  ${fit(node.container, columns - 2)}`)] : []),
      fit(text, columns - 1),
      paint(
        'dim',
        fit(`      ${'  '.repeat(node.depth)}UID ${node.uid}${isShared ? `, ${node.container}` : ''}`, columns - 1),
      ),
    ];
  });
  return [...lines, ...(leftOut > 0 ? wrap(`  ${leftOut} of the x-ray itself are left out`, columns) : [])];
}

function timeline({ timeline: all, pod }: View, { paint, columns }: Style): string[] {
  const shown = all.slice(-SHOWN_ENTRIES);
  return shown.flatMap(({ at, container, text, isBad }) =>
    hang(
      `${formatOffset(at, pod.createdAt)}  ${container === undefined ? '' : `${container} `}${text}`,
      2,
      columns,
    ).map((line) => (isBad ? paint('yellow', line) : line)),
  );
}

/** Indented, and two more after the first line. */
function hang(text: string, indent: number, columns: number): string[] {
  const [first = '', ...rest] = wrap(text, columns - indent - 2);
  return [`${' '.repeat(indent)}${first}`, ...rest.map((line) => `${' '.repeat(indent + 2)}${line}`)];
}

/** Lines of whole words; a word that is longer than a line is cut in pieces. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [''];
  for (const word of clean(text).split(' ')) {
    const pieces = word.match(new RegExp(`.{1,${Math.max(columns, 8)}}`, 'gu')) ?? [''];
    for (const piece of pieces) {
      const last = lines.at(-1) ?? '';
      if (last === '') lines[lines.length - 1] = piece;
      else if (last.length + 1 + piece.length <= columns) lines[lines.length - 1] = `${last} ${piece}`;
      else lines.push(piece);
    }
  }
  return lines.map((line) => line.trimEnd());
}

function fit(text: string, columns: number): string {
  const line = clean(text).trimEnd();
  return line.length <= columns ? line : `${line.slice(0, Math.max(columns - 1, 1))}…`;
}

function clean(text: string): string {
  return escapeControls(text).replaceAll(/[\n\t]/g, ' ');
}
