import { expect, test } from 'vitest';
import { advance, createFilter, parseLine, type Cursor } from './log-line.ts';

test('the time and the text of a line are told apart; a text may be empty or begin with blanks', () => {
  const time = '2026-11-27T23:25:49.123456789Z';
  expect(parseLine(`${time}   a `)).toEqual({ time, text: '  a ' });
  expect(parseLine(`${time} `)).toEqual({ time, text: '' });
  expect(parseLine('no time')).toEqual({ time: '', text: 'no time' });
});

test('a log that is read again from its beginning brings only what is behind the cursor', () => {
  const times = ['1', '2', '2', '2', '3', '4', '4'];
  for (let read = 0; read <= times.length; read += 1) {
    let cursor: Cursor | undefined;
    for (const time of times.slice(0, read)) cursor = advance(cursor, time);
    expect(times.filter(createFilter(cursor))).toEqual(times.slice(read));
  }
});
