/** A line of a log for people: whose it is, when, and a JSON object as words. */
import { styleText } from 'node:util';
import { escapeControls } from '../cli/escape-controls.ts';
import type { LogLine, LogSource } from './log-line.ts';

type Format = Parameters<typeof styleText>[0];

export interface RendererOptions {
  readonly hasColour: boolean;
  /** Those that are known from the start: they make room for their names. Of several patterns, these are named too. */
  readonly sources: readonly LogSource[];
}

/** Told apart on dark and light ground; red and yellow are for levels. */
const COLOURS: readonly Format[] = [
  'cyan',
  'green',
  'magenta',
  'blue',
  'cyanBright',
  'greenBright',
  'magentaBright',
  'blueBright',
];

const LEVEL_COLOURS: Readonly<Record<string, Format>> = {
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
  debug: 'dim',
  trace: 'dim',
};

/** What a JSON line says in the places of its own at the front. */
const HEAD = new Set(['time', 'level', 'msg', 'service']);

/** Each line ends with a line break. The same container has the same colour throughout. */
export function createRenderer({ hasColour, sources }: RendererOptions): (line: LogLine) => string {
  const hasPatterns = new Set(sources.map(({ pattern }) => pattern)).size > 1;
  const colours = new Map<string, Format>();
  const pods = new Map<string, Set<string>>();
  let width = 0;
  const paint = (format: Format, text: string) =>
    hasColour ? styleText(format, text, { validateStream: false }) : text;

  const nameOf = (source: LogSource) => {
    const name = labelOf(source, hasPatterns);
    if (!colours.has(name)) colours.set(name, COLOURS[colours.size % COLOURS.length] ?? 'cyan');
    const seen = (pods.get(source.pattern) ?? new Set()).add(source.pod);
    pods.set(source.pattern, seen);
    // Replicas, and a Pod beside the one that replaces it, are told apart by the end of the name.
    const label = seen.size > 1 ? `${name} ${source.pod.slice(-5)}` : name;
    width = Math.max(width, label.length);
    return { label, colour: colours.get(name) ?? 'cyan' };
  };
  for (const source of sources) nameOf(source);

  return ({ source, time, text, isNotice }) => {
    const { label, colour } = nameOf(source);
    const prefix = paint(colour, `${label.padEnd(width)} │`);
    if (isNotice === true) {
      const subject = source.container === '' ? `Pod ${source.pod}` : source.container;
      return `${prefix} ${paint('bold', `── ${subject} ${escapeControls(text)} ──`)}\n`;
    }
    const event = parseEvent(text);
    const lines = event === undefined ? [`${clock(time)} ${escapeControls(text)}`] : eventLines(event, time, paint);
    return lines.map((line) => `${prefix} ${line}\n`).join('');
  };
}

function labelOf({ pattern, container }: LogSource, hasPatterns: boolean): string {
  return [...(hasPatterns || container === '' ? [pattern] : []), ...(container === '' ? [] : [container])].join('/');
}

function parseEvent(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** The first line has time, level, message and values; a value of several lines follows below it. */
function eventLines(event: Record<string, unknown>, time: string, paint: (format: Format, text: string) => string) {
  const { level, msg } = event;
  const entries = Object.entries(event).filter(([key]) => !HEAD.has(key));
  const values = entries.flatMap(([key, value]) => flatten(key, value));
  const isLong = ({ text }: { text: string }) => text.includes('\n');
  const word = typeof level === 'string' || typeof level === 'number' ? escapeControls(String(level)) : '';
  const colour = LEVEL_COLOURS[word];
  const short = values.filter((value) => !isLong(value));
  const head = [
    clock(typeof event['time'] === 'string' ? event['time'] : time),
    ...(word === '' ? [] : [colour === undefined ? word.padEnd(5) : paint(colour, word.padEnd(5))]),
    ...(msg === undefined ? [] : [oneLine(typeof msg === 'string' ? msg : JSON.stringify(msg))]),
    ...short.map(({ key, text }) => `${paint('dim', `${oneLine(key)}=`)}${escapeControls(text)}`),
  ];
  const below = values.filter(isLong).flatMap(({ key, text }) => [`  ${oneLine(key)}:`, ...indent(text)]);
  return [head.join(' '), ...below];
}

/** Objects become `outer.inner`; a text with blanks is quoted, so that one sees where it ends. */
function flatten(key: string, value: unknown): { key: string; text: string }[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([inner, member]) => flatten(`${key}.${inner}`, member));
  }
  if (typeof value !== 'string') return [{ key, text: JSON.stringify(value) }];
  return [
    { key, text: value === '' || (/[\s"=]/.test(value) && !value.includes('\n')) ? JSON.stringify(value) : value },
  ];
}

function indent(text: string): string[] {
  return escapeControls(text)
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);
}

function oneLine(text: string): string {
  return escapeControls(text).replaceAll('\n', '\\n');
}

/** The time of day, with milliseconds. */
function clock(time: string): string {
  const [, seconds = '', fraction = ''] = /T(\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?/.exec(time) ?? [];
  return seconds === '' ? ' '.repeat(12) : `${seconds}.${fraction.padEnd(3, '0')}`;
}
