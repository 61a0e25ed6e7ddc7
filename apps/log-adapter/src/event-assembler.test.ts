import { describe, expect, test } from 'vitest';
import { EventAssembler, type RawEvent } from './event-assembler.ts';
import { LineSplitter } from './line-splitter.ts';

type Rule = { readonly start: RegExp } | { readonly continue: RegExp };

function assemble(
  text: string,
  { rule = { start: /^==/ }, maxEventBytes = 1_024 }: { rule?: Rule; maxEventBytes?: number } = {},
) {
  const assembler = new EventAssembler({ ...rule, timeoutMs: 1_000, maxEventBytes });
  const splitter = new LineSplitter({ offset: 0, maxLineBytes: maxEventBytes });
  const events = assembler.add(splitter.push(Buffer.from(text)));
  const { pendingEnd } = assembler;
  const torn = splitter.takeTorn();
  if (torn !== undefined) events.push(...assembler.add([torn]));
  return { events, last: assembler.flush(), pendingEnd };
}

const brief = ({ lines, endOffset, isTruncated, isPartial }: RawEvent) => ({
  lines,
  endOffset,
  isTruncated,
  isPartial,
});

test('an event goes on until the next one begins', () => {
  const { events, last, pendingEnd } = assemble('== one\na\nb\n== two\nc\n');
  expect(events.map(brief)).toStrictEqual([
    { lines: ['== one', 'a', 'b'], endOffset: 11, isTruncated: false, isPartial: false },
  ]);
  expect(last?.lines).toStrictEqual(['== two', 'c']);
  expect(pendingEnd).toBe(20);
});

test('an event goes on as long as its lines look like it', () => {
  const { events, last } = assemble('one\n  a\n\tb\ntwo\nthree\n  c\n', { rule: { continue: /^\s/ } });
  expect(events.map(({ lines }) => lines)).toStrictEqual([['one', '  a', '\tb'], ['two']]);
  expect(last?.lines).toStrictEqual(['three', '  c']);
});

test('lines before the first beginning are an event, too', () => {
  expect(assemble('a\nb\n== one\n').events.map(({ lines }) => lines)).toStrictEqual([['a', 'b']]);
});

test('empty lines between events are passed over, and empty lines in events are kept', () => {
  const { events, last } = assemble('\n  \n== one\n\na\n');
  expect(events.map(brief)).toStrictEqual([
    { lines: [], endOffset: 1, isTruncated: false, isPartial: false },
    { lines: [], endOffset: 4, isTruncated: false, isPartial: false },
  ]);
  expect(last?.lines).toStrictEqual(['== one', '', 'a']);
});

test('an event whose last line has no end is partial', () => {
  expect(assemble('== one\nhal').last).toMatchObject({ lines: ['== one', 'hal'], endOffset: 10, isPartial: true });
});

describe('an event that is too large', () => {
  test('goes on as another one, so that no line is lost', () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index} ${'x'.repeat(100)}`);
    const { events, last } = assemble(`== one\n${lines.join('\n')}\n== two\n`);
    expect(events.length).toBeGreaterThan(3);
    expect(events.flatMap((event) => event.lines)).toStrictEqual(['== one', ...lines]);
    expect(events.map(({ isTruncated }) => isTruncated)).toStrictEqual([
      ...Array.from({ length: events.length - 1 }, () => true),
      false,
    ]);
    expect(last?.lines).toStrictEqual(['== two']);
  });

  test('because of one line is cut there', () => {
    const { events } = assemble(`== one ${'x'.repeat(5_000)}\n== two\n`);
    expect(events).toMatchObject([{ isTruncated: true }]);
    expect(events[0]?.lines[0]).toHaveLength(1_024);
  });
});

test('without a beginning, every line is an event', () => {
  const assembler = new EventAssembler({ timeoutMs: 0, maxEventBytes: 1_024 });
  const splitter = new LineSplitter({ offset: 0, maxLineBytes: 1_024 });
  const events = assembler.add(splitter.push(Buffer.from('a\n\nb\n')));
  expect(events.map(({ lines }) => lines)).toStrictEqual([['a'], [], ['b']]);
  expect(assembler.pendingEnd).toBeUndefined();
});

test('an event that was being joined ends when events have one line only', () => {
  const assembler = new EventAssembler({ start: /^==/, timeoutMs: 0, maxEventBytes: 1_024 });
  const splitter = new LineSplitter({ offset: 0, maxLineBytes: 1_024 });
  expect(assembler.add(splitter.push(Buffer.from('== one\na\n')))).toStrictEqual([]);
  assembler.settings = { timeoutMs: 0, maxEventBytes: 1_024 };
  const events = assembler.add(splitter.push(Buffer.from('b\n')));
  expect(events.map(({ lines }) => lines)).toStrictEqual([['== one', 'a'], ['b']]);
});
