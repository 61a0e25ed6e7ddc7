import { constants } from 'node:os';

/** A signal written as `SIGHUP`, `HUP`, `hup` or `1`; undefined if there is no such signal on this system. */
export function parseSignal(text: string): NodeJS.Signals | undefined {
  const upper = text.toUpperCase();
  const isNamed = (name: string): name is NodeJS.Signals => Object.hasOwn(constants.signals, name);
  if (isNamed(upper)) return upper;
  if (isNamed(`SIG${upper}`)) return `SIG${upper}` as NodeJS.Signals;
  if (!/^\d+$/.test(text)) return undefined;
  const found = Object.entries(constants.signals).find(([, number]) => number === Number(text));
  return found?.[0] as NodeJS.Signals | undefined;
}
