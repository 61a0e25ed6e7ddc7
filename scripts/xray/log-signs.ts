/** What the log of a container says of signals, and of the request that is followed. */
import type { LogLine } from '../logs/log-line.ts';
import type { TimelineEntry, TraceStep } from './snapshot.ts';

/** A signal that was sent or received. */
export function readSignal({ source, time, text }: LogLine): TimelineEntry | undefined {
  const said = signalIn(text);
  if (said === undefined) return undefined;
  return { at: time, kind: 'signal', container: source.container, text: said, isBad: false };
}

function signalIn(text: string): string | undefined {
  // nginx: `2026/11/27 23:28:05 [notice] 7#7: signal 1 (SIGHUP) received from 29, reconfiguring`
  const nginx = /\[notice\] (\d+)#\d+: signal \d+ \((SIG\w+)\) received(?: from (\d+))?/.exec(text);
  // Those of its own children, and of its sockets, are no news.
  if (nginx !== null && !['SIGCHLD', 'SIGIO', 'SIGALRM'].includes(nginx[2] ?? '')) {
    return `PID ${nginx[1]} received ${nginx[2]}${nginx[3] === undefined ? '' : ` from PID ${nginx[3]}`}`;
  }
  const { msg, signal, process, target_pid: pid } = parseObject(text);
  if (msg === 'signal sent') return `sent ${word(signal)} to ${word(process)}, PID ${word(pid)}`;
  if (msg === 'no process to signal') return `found no process called ${word(process)} to send ${word(signal)} to`;
  if (msg === 'could not signal') return `could not send ${word(signal)} to ${word(process)}`;
  if (msg === 'shutting down') return `received ${word(signal)} and shuts down`;
  if (msg === 'reading the configuration again') return 'received SIGHUP and reads its configuration again';
  return undefined;
}

/** Values of a line about a request that tell something; its duration stands apart. */
const SHOWN = ['listener', 'upstream', 'http_method', 'url_path', 'http_status', 'service', 'trace_id'];

/** A line that is about the request of that id. */
export function readStep({ source: { container }, time, text }: LogLine, requestId: string): TraceStep | undefined {
  if (!text.includes(requestId)) return undefined;
  const event = parseObject(text);
  const values = SHOWN.filter((key) => event[key] !== undefined).map((key) => `${key}=${word(event[key])}`);
  const said = values.length === 0 ? text : `${word(event['msg'])} ${values.join(' ')}`;
  // What an adapter has made of another program's line happened when it read that line.
  const { observed_time: observed, time: written, duration_ms: durationMs } = event;
  if (typeof observed === 'string') return { at: observed, container, where: 'its log', text: said };
  const end = typeof written === 'string' ? written : time;
  return { ...beginOf(end, durationMs), container, where: 'its log', text: said };
}

/** The beginning of what ended at that time. */
export function beginOf(end: string, durationMs: unknown): Pick<TraceStep, 'at' | 'durationMs'> {
  const endMs = Date.parse(end);
  if (typeof durationMs !== 'number' || Number.isNaN(endMs)) return { at: end };
  return { at: new Date(endMs - durationMs).toISOString(), durationMs };
}

function parseObject(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
