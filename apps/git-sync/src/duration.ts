/** Durations as Go writes them (`1m30s`, `500ms`, `1.5h`), because that is what git-sync's flags take. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(?<amount>\d+(?:\.\d*)?|\.\d+)(?<unit>ns|us|µs|μs|ms|s|m|h)/gu;
const WHOLE = new RegExp(`^(?:${PART.source})+$`.replaceAll(/\?<\w+>/g, ''), 'u');

/** Milliseconds, not rounded; undefined if the text is no duration or is negative. `0` needs no unit, as in Go. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!WHOLE.test(text)) return undefined;
  let totalMs = 0;
  for (const { groups } of text.matchAll(PART)) {
    totalMs += Number(groups?.['amount']) * (UNIT_MS[groups?.['unit'] ?? ''] ?? Number.NaN);
  }
  return totalMs;
}
