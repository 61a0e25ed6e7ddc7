/**
 * For the tests and the soak: numbered lines in, what came out reconciled with them. It holds one byte or two for each
 * number, so that a million lines are no matter.
 */

export interface LossReport {
  /** Lines that were written and never came. */
  readonly lost: number;
  /** How many times lines came once more. */
  readonly duplicated: number;
  /** Lines that came for the first time after a later one. */
  readonly reordered: number;
  /** Lines that came although nobody wrote them. */
  readonly unknown: number;
  /** The first numbers that are lost. */
  readonly firstLost: readonly number[];
}

export interface LossLedger {
  /** The line of this number was written, or will be; numbers are whole and not negative. */
  expectLine(number: number): void;
  /** The line of this number came out; that may be told before it is expected. */
  sawLine(number: number): void;
  /** How many different lines that are expected have come. */
  readonly seen: number;
  readonly expected: number;
  report(): LossReport;
}

/** So many lost lines are named. */
const MAX_NAMED = 5;

/** The ledger of one file: the order is that of the numbers. */
export function createLossLedger(): LossLedger {
  const isExpected = createTable();
  const timesSeen = createTable();
  let expected = 0;
  let seen = 0;
  let duplicated = 0;
  let reordered = 0;
  let latest = -1;

  return {
    get seen() {
      return seen;
    },
    get expected() {
      return expected;
    },
    expectLine(number) {
      if (isExpected.get(number) !== 0) return;
      isExpected.set(number, 1);
      expected += 1;
      if (timesSeen.get(number) !== 0) seen += 1;
    },
    sawLine(number) {
      if (timesSeen.get(number) !== 0) {
        duplicated += 1;
        return;
      }
      timesSeen.set(number, 1);
      if (isExpected.get(number) !== 0) seen += 1;
      if (number < latest) reordered += 1;
      else latest = number;
    },
    report() {
      const firstLost: number[] = [];
      let unknown = 0;
      for (let number = 0; number < Math.max(isExpected.length, timesSeen.length); number += 1) {
        const [wasWritten, came] = [isExpected.get(number) !== 0, timesSeen.get(number) !== 0];
        if (wasWritten && !came && firstLost.length < MAX_NAMED) firstLost.push(number);
        if (came && !wasWritten) unknown += 1;
      }
      return { lost: expected - seen, duplicated, reordered, unknown, firstLost };
    },
  };
}

/** As it has to be. */
export const NOTHING_LOST = { lost: 0, duplicated: 0, reordered: 0, unknown: 0, firstLost: [] };

/** Small numbers by number, 0 where nothing was set. */
function createTable() {
  let values = new Uint8Array(1_024);
  return {
    get length() {
      return values.length;
    },
    get: (index: number): number => values[index] ?? 0,
    set(index: number, value: number) {
      if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`not the number of a line: ${index}`);
      if (index >= values.length) {
        const larger = new Uint8Array(Math.max(index + 1, values.length * 2));
        larger.set(values);
        values = larger;
      }
      values[index] = value;
    },
  };
}
