import { array, assert, nat, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { LineBuffer } from './line-buffer.ts';

test('has the bytes of what was added, also after it was emptied', () => {
  const buffer = new LineBuffer();
  // Half a character, too.
  const unit = nat(0xff_ff).map((code) => String.fromCharCode(code));
  const texts = array(string({ unit, maxLength: 20 }), { maxLength: 8 });
  assert(
    property(texts, (lines) => {
      buffer.clear();
      for (const line of lines) buffer.add(line);
      expect(buffer.bytes.equals(Buffer.from(lines.join('')))).toBe(true);
    }),
  );
});

test('grows with what does not fit', () => {
  const buffer = new LineBuffer();
  const line = `${'€'.repeat(100_000)}\n`;
  for (let count = 0; count < 3; count += 1) buffer.add(line);
  expect(buffer.bytes.toString()).toBe(line.repeat(3));
});
