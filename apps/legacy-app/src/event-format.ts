/** How one event looks in the log: a header, the message, the values, the stack. Always UTC. */

/** FINE is for the curious, NOTE is business as usual, WARN is odd, FAIL went wrong. */
export type Severity = 'FINE' | 'NOTE' | 'WARN' | 'FAIL';

export interface LogEvent {
  readonly severity: Severity;
  /** Which part of the program speaks, such as `orders.http`. */
  readonly source: string;
  readonly message: string;
  /** Values, each on a line of its own; what is undefined is left out. */
  readonly values?: Readonly<Record<string, string | number | undefined>>;
  /** Its stack ends the event. */
  readonly error?: Error;
}

/** The text of one event, newline at the end included. No value can begin a line of its own. */
export function formatEvent(event: LogEvent, time: Date): string {
  const lines = [`== ${formatTime(time)} == ${event.severity} == ${event.source} ==`, oneLine(event.message)];
  for (const [key, value] of Object.entries(event.values ?? {})) {
    if (value !== undefined) lines.push(`  .${key} = ${oneLine(String(value))}`);
  }
  for (const line of (event.error?.stack ?? '').split('\n')) {
    if (/^\s+at /.test(line)) lines.push(`    ${line.trim()}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A length of time, as the log writes it: `0.012s`. */
export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(3)}s`;
}

function formatTime(time: Date): string {
  const iso = time.toISOString();
  const [year = '', month = '', day = ''] = iso.slice(0, 10).split('-');
  return `${day}.${month}.${year} ${iso.slice(11, 19)},${iso.slice(20, 23)}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}
