import { describe, expect, test } from 'vitest';
import { EventAssembler, type RawEvent } from './event-assembler.ts';
import { LineSplitter } from './line-splitter.ts';

function assemble(
  text: string,
  { start = /^==/, maxEventBytes = 1_024 }: { start?: RegExp; maxEventBytes?: number } = {},
) {
  const assembler = new EventAssembler({ start, timeoutMs: 1_000, maxEventBytes });
  const splitter = new LineSplitter({ offset: 0, before: Buffer.alloc(0), maxLineBytes: maxEventBytes });
  const events = splitter.push(Buffer.from(text)).flatMap((line) => assembler.add(line));
  const wasBusy = assembler.isBusy;
  const torn = splitter.takeTorn();
  if (torn !== undefined) events.push(...assembler.add(torn));
  return { events, last: assembler.flush(), wasBusy };
}

const brief = ({ lines, endOffset, isTruncated, isPartial }: RawEvent) => ({
  lines,
  endOffset,
  isTruncated,
  isPartial,
});

test('an event goes on until the next one begins', () => {
  const { events, last, wasBusy } = assemble('== one\na\nb\n== two\nc\n');
  expect(events.map(brief)).toStrictEqual([
    { lines: ['== one', 'a', 'b'], endOffset: 11, isTruncated: false, isPartial: false },
  ]);
  expect(last?.lines).toStrictEqual(['== two', 'c']);
  expect(wasBusy).toBe(true);
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
  const splitter = new LineSplitter({ offset: 0, before: Buffer.alloc(0), maxLineBytes: 1_024 });
  const events = splitter.push(Buffer.from('a\n\nb\n')).flatMap((line) => assembler.add(line));
  expect(events.map(({ lines }) => lines)).toStrictEqual([['a'], [], ['b']]);
  expect(assembler.isBusy).toBe(false);
});
