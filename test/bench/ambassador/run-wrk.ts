/** One round of load. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface WrkFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface WrkReport {
  readonly requests: number;
  readonly durationMicros: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly failed: number;
}

const REPORT_SCRIPT = new URL('report.lua', import.meta.url).pathname;

/**
 * Each connection sends its next request when the last one was answered. Throws if any was not answered with 200. On a
 * machine with much else to do it may be none at all.
 */
export async function runWrk(options: { url: string; connections: number; seconds: number }): Promise<WrkFigures> {
  const { url, connections, seconds } = options;
  const args = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`];
  const { stdout } = await promisify(execFile)('wrk', [...args, '--script', REPORT_SCRIPT, url]);
  const report = JSON.parse(stdout.slice(stdout.lastIndexOf('{'))) as WrkReport;
  if (report.failed > 0) throw new Error(`${report.failed} of ${report.requests} requests to ${url} failed`);
  return {
    requestsPerSecond: report.requests / (report.durationMicros / 1e6),
    p50Ms: report.p50Micros / 1_000,
    p99Ms: report.p99Micros / 1_000,
  };
}
