/** For the tests of the parsers and of what comes after them: a configuration in YAML, an event as text. */
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { AdapterConfigSchema, type AdapterConfig } from './config.ts';
import type { EventOrigin } from './event-writer.ts';
import { createEventReader, createParser } from './parse-event.ts';
import type { ParsedEvent, ParseFailure } from './parsed-event.ts';
import { createTransform } from './transform.ts';

/** A configuration with one input, whose parsers these are; `more` is added to it. */
export function readConfig(parsers: string, more = ''): AdapterConfig {
  const text = `inputs: [{ path: /app.log, service: app, parsers: ${parsers} }]\n${more}`;
  return parseConfig('config', text, AdapterConfigSchema);
}

/** What the first of the parsers that fits makes of an event. */
export function parse(text: string, ...parsers: readonly string[]): ParsedEvent {
  const [input] = readConfig(`[${parsers.join(', ')}]`).inputs;
  return createEventReader(input?.parsers ?? [])(text.split('\n'), undefined);
}

/** What one parser says. */
export function parseWith(parser: string, text: string): ParsedEvent | ParseFailure {
  const [config] = readConfig(`[${parser}]`).inputs[0]?.parsers ?? [];
  if (config === undefined) throw new Error('no parser');
  return createParser(config)(text.split('\n'), undefined);
}

export const ORIGIN: EventOrigin = {
  logFile: '/app.log',
  observedMs: Date.parse('2026-11-23T22:34:29.000Z'),
  isTruncated: false,
  isPartial: false,
};

/** The line that an event becomes (the first, if they are several), as text and read again. */
export function transform(
  text: string,
  config: AdapterConfig = readConfig('[{ type: json }]'),
  resources: ReadonlyMap<string, string> = new Map(),
): { readonly text: string; readonly line: Readonly<Record<string, unknown>> } {
  const [input] = config.inputs;
  if (input === undefined) throw new Error('no input');
  const output = createTransform(input, { config, resources }).write(text.split('\n'), ORIGIN);
  return { text: output, line: JSON.parse(output.slice(0, output.indexOf('\n'))) as Record<string, unknown> };
}
