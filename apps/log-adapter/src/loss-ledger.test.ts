import { expect, test } from 'vitest';
import { createLossLedger, NOTHING_LOST } from './loss-ledger.ts';

function reconcile(written: readonly number[], came: readonly number[]) {
  const ledger = createLossLedger();
  for (const number of written) ledger.expectLine(number);
  for (const number of came) ledger.sawLine(number);
  return { ...ledger.report(), seen: ledger.seen };
}

test('what came once and in order is complete', () => {
  expect(reconcile([1, 2, 3], [1, 2, 3])).toStrictEqual({ ...NOTHING_LOST, seen: 3 });
});

test('tells what is lost, duplicated, reordered and unknown', () => {
  expect(reconcile([1, 2, 3, 4, 5, 6], [1, 3, 2, 3, 3, 5, 9])).toStrictEqual({
    lost: 2,
    duplicated: 2,
    reordered: 1,
    unknown: 1,
    firstLost: [4, 6],
    seen: 4,
  });
});

test('a line may come before it is expected', () => {
  const ledger = createLossLedger();
  ledger.sawLine(100_000);
  ledger.expectLine(100_000);
  expect(ledger.report()).toStrictEqual(NOTHING_LOST);
  expect([ledger.seen, ledger.expected]).toStrictEqual([1, 1]);
});

test('a number that is none is refused', () => {
  expect(() => createLossLedger().sawLine(Number.NaN)).toThrow('not the number of a line: NaN');
});
