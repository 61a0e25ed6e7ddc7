/** Says what becomes of each event of a sample, and why a parser does not take one: where, and what should be there. */
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { AdapterConfig, InputConfig } from './config.ts';
import type { ParserConfig } from './config-parsers.ts';
import { EventAssembler, type RawEvent } from './event-assembler.ts';
import { toStreamSettings } from './input.ts';
import { quote } from './json-text.ts';
import { LineSplitter } from './line-splitter.ts';
import { createParser, tryParser } from './parse-event.ts';
import { isFailure, type ParseFailure } from './parsed-event.ts';
import { Redactor } from './redactor.ts';
import { findProgress } from './regexp-progress.ts';
import { createTransform } from './transform.ts';

/** As much of a line as is shown. */
const MAX_SHOWN = 60;

export interface ExplainOptions {
  readonly config: AdapterConfig;
  /** The name of an input, or its place. */
  readonly input: string;
  readonly resources: ReadonlyMap<string, string>;
  readonly now: () => number;
}

/** The explanation, piece after piece. Throws an AppError `INPUT_UNKNOWN`. */
export async function* explain(sample: AsyncIterable<Buffer>, options: ExplainOptions): AsyncGenerator<string> {
  const input = findInput(options.config, options.input);
  const settings = toStreamSettings(input);
  const splitter = new LineSplitter({ offset: 0, maxLineBytes: settings.maxEventBytes, encoding: input.encoding });
  const assembler = new EventAssembler(settings);
  const explainEvent = createExplainer(input, options);
  let isEmpty = true;
  const explainAll = (events: readonly (RawEvent | undefined)[]): string => {
    const texts = events.map((event) => (event === undefined || event.lines.length === 0 ? '' : explainEvent(event)));
    const text = texts.join('');
    if (text !== '') isEmpty = false;
    return text;
  };
  for await (const bytes of sample) yield explainAll(assembler.add(splitter.push(bytes)));
  const torn = splitter.takeTorn();
  if (torn !== undefined) yield explainAll(assembler.add([torn]));
  yield explainAll([assembler.flush()]);
  if (isEmpty) yield 'There was no event: give some lines of the log on stdin.\n';
}

function findInput({ inputs }: AdapterConfig, wanted: string): InputConfig {
  const input =
    inputs.find(({ name }) => name === wanted) ?? (/^\d+$/.test(wanted) ? inputs[Number(wanted)] : undefined);
  if (input !== undefined) return input;
  const names = inputs.map(({ name }, index) => `${index} (${name})`).join(', ');
  throw new AppError('INPUT_UNKNOWN', `there is no input "${wanted}"`, `Use one of: ${names}.`);
}

function createExplainer(input: InputConfig, { config, resources, now }: ExplainOptions) {
  const redactor = new Redactor({ ...config.redact, mode: 'mask' });
  const transform = createTransform(input, { config, resources });
  const parsers = input.parsers.map((parser) => ({ config: parser, parse: createParser(parser) }));
  let number = 0;
  return ({ lines, isTruncated, isPartial }: RawEvent): string => {
    number += 1;
    const refusals: string[] = [];
    let taker = parsers.length === 0 ? 'its text, because the input has no parser' : 'its raw text';
    for (const parser of parsers) {
      const parsed = tryParser(parser.parse, lines, undefined);
      if (!isFailure(parsed)) {
        taker = `as ${parser.config.type} says`;
        break;
      }
      refusals.push(`  not ${parser.config.type}: ${explainFailure(parser.config, parsed, lines, redactor)}\n`);
    }
    const count = lines.length === 1 ? '1 line' : `${lines.length} lines`;
    const origin = { logFile: input.name, observedMs: now(), isTruncated, isPartial };
    return `event ${number}, ${count}: ${taker}\n${refusals.join('')}  ${transform.write(lines, origin)}`;
  };
}

function explainFailure(
  config: ParserConfig,
  { reason, line, column, expected }: ParseFailure,
  lines: readonly string[],
  redactor: Redactor,
): string {
  const text = lines[line - 1] ?? '';
  if (config.type === 'regex' && reason === 'no_match') {
    const { end, rest } = findProgress(config.pattern, text);
    return `${reason} at line ${line}, column ${end + 1}: expected what fits ${rest}, found ${show(text, end, redactor)}`;
  }
  return `${reason} at line ${line}, column ${column}: expected ${expected}, found ${show(text, column - 1, redactor)}`;
}

/** What is in the line from there on, as long as no secret is near. */
function show(text: string, start: number, redactor: Redactor): string {
  const rest = text.slice(start);
  if (rest === '') return 'the end of the line';
  if (redactor.text(text) !== text) return 'a line with a secret';
  return quote(rest.length > MAX_SHOWN ? `${rest.slice(0, MAX_SHOWN)}…` : rest);
}
