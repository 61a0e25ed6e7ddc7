/** The status as text for a terminal. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { HelperStatus } from './helper-status.ts';
import type { Problem } from './problem.ts';
import type { KitStatus, PatternStatus, PodStatus } from './status.ts';

export interface RenderOptions {
  readonly color: boolean;
  /** Columns of the terminal; longer lines are cut. Lines of a log and commands never are. */
  readonly width: number;
}

type Format = Parameters<typeof styleText>[0];
type Paint = (format: Format, text: string) => string;

/** Ends without a line break. */
export function renderStatus(status: KitStatus, { color, width }: RenderOptions): string {
  const paint: Paint = (format, text) => (color ? styleText(format, text, { validateStream: false }) : text);
  const { namespace, phase, patterns } = status;
  if (phase === 'Missing') return `There is no namespace ${namespace}. Create it and all in it: npm run up`;
  const lines = [fit(`namespace ${namespace}: ${phase}`, width)];
  if (patterns.length === 0) lines.push('Nothing runs in it. Start the kit: npm run up');

  const nameWidth = Math.max(0, ...patterns.flatMap(({ pods }) => pods.map(({ name }) => name.length)));
  for (const pattern of patterns) {
    lines.push('', ...renderPattern(pattern, { paint, width, nameWidth }));
  }
  return lines.join('\n');
}

/** One problem as lines: what, why, the log, what to do, and the command that shows it. */
export function renderProblem(problem: Problem, { color, width }: RenderOptions): string {
  const paint: Paint = (format, text) => (color ? styleText(format, text, { validateStream: false }) : text);
  return problemLines(problem, { paint, width }).join('\n');
}

interface Style {
  readonly paint: Paint;
  readonly width: number;
}

function renderPattern(pattern: PatternStatus, style: Style & { readonly nameWidth: number }): string[] {
  const { name, isReady, workloads, pods, problems } = pattern;
  const { paint, width } = style;
  const mark = isReady ? paint('green', '✓') : paint('red', '✗');
  const summary = workloads.map(({ object, message }) => `${object} ${message}`).join(', ');
  return [
    `${mark} ${paint('bold', printable(name))}${summary === '' ? '' : `  ${fit(summary, width - name.length - 4)}`}`,
    ...pods.flatMap((pod) => podLines(pod, style)),
    ...problems.flatMap((problem) => problemLines(problem, style).map((line) => `  ${line}`)),
  ];
}

function podLines(pod: PodStatus, { paint, width, nameWidth }: Style & { readonly nameWidth: number }): string[] {
  const ready = `${pod.readyContainers}/${pod.totalContainers}`;
  const columns = [ready.padEnd(5), pod.state.padEnd(9), `restarts ${pod.restarts}`, formatAge(pod.ageSeconds)];
  const line = `  ${pod.name.padEnd(nameWidth)}  ${columns.join('  ')}`;
  // Where there is no room for both, how it is matters more than the end of its name.
  const lines = line.length <= width ? [line] : [`  ${pod.name}`, `    ${columns.join('  ')}`];
  return [
    ...lines.map((text) => fit(text, width)),
    ...pod.helpers.flatMap((helper) => helperLines(helper, { paint, width })),
  ];
}

/** Nothing for a helper that is content. */
function helperLines({ container, error, checks }: HelperStatus, { paint, width }: Style): string[] {
  const faults = Object.entries(checks).filter(([, state]) => state !== 'ok');
  const texts = [...faults.map(([name, state]) => `${name}: ${state}`), ...(error === undefined ? [] : [error])];
  // In full, because the end of it is often what has to be corrected.
  const lines = texts.flatMap((text) => wrap(`! ${container} says ${text}`, width - 6));
  return lines.map((line) => paint('yellow', `    ${line.startsWith('! ') ? '' : '  '}${line}`));
}

/** Lines of whole words, none longer than the width unless a single word is. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function problemLines(problem: Problem, { paint, width }: Style): string[] {
  const { code, object, container, reason, field, event, logTail = [], fix, command } = problem;
  const where = container === undefined ? object : `${object}, container ${container}`;
  return [
    paint('red', `${printable(where)}: ${printable(reason)} [${printable(code)}]`),
    ...(field === undefined ? [] : [`  at:   ${printable(field)}`]),
    ...(event === undefined ? [] : [`  said: ${printable(event)}`]),
    ...logTail.map((line) => paint('dim', `  | ${fit(line, Math.max(width, 200))}`)),
    `  fix:  ${printable(fix)}`,
    `  see:  ${printable(command)}`,
  ];
}

/** `5s`, `12m`, `3h`, `2d`: the largest unit that fits. */
export function formatAge(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** What the cluster says is shown, never obeyed: control characters cannot move the cursor or forge a line. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ');
}

function fit(text: string, width: number): string {
  const clean = printable(text).trimEnd();
  return clean.length <= width ? clean : `${clean.slice(0, Math.max(width - 1, 1))}…`;
}
