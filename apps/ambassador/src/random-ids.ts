/** Random identifiers, cut from a supply that is filled now and then, since asking for each costs more than using it. */
import { randomFillSync, randomUUID } from 'node:crypto';

const SUPPLY_BYTES = 8_192;

let supply = '';
let position = 0;

/** As many hexadecimal digits, not all of them 0, which W3C Trace Context does not allow. */
export function randomHex(digits: number): string {
  if (position + digits > supply.length) {
    supply = randomFillSync(Buffer.allocUnsafe(SUPPLY_BYTES)).toString('hex');
    position = 0;
  }
  const id = supply.slice(position, position + digits);
  position += digits;
  return /[^0]/.test(id) ? id : randomHex(digits);
}

const COUNTER_DIGITS = 12;
const MAX_COUNT = 16 ** COUNTER_DIGITS;

/** Makes identifiers in the form of a UUID: the beginning is random and stays, the end counts. */
export function createUuidSource(): () => string {
  const beginning = randomUUID().slice(0, -COUNTER_DIGITS);
  let count = 0;
  return () => {
    count = (count + 1) % MAX_COUNT;
    return beginning + count.toString(16).padStart(COUNTER_DIGITS, '0');
  };
}
