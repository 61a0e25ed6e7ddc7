/** How much memory a process has, as the kernel counts it. */
import { readFileSync } from 'node:fs';

/** `VmRSS`: now. `VmHWM`: the most that it had at any time. */
export type MemoryField = 'VmRSS' | 'VmHWM';

/** In bytes; not a number for a process that has none any more. Throws if there is no such process. */
export function memoryBytes(pid: number | string | undefined, field: MemoryField): number {
  return memoryBytesIn(readFileSync(`/proc/${pid}/status`, 'utf8'), field);
}

/** The same, of the text of its `status`: proc_pid_status(5). */
export function memoryBytesIn(status: string, field: MemoryField): number {
  return Number(new RegExp(String.raw`^${field}:\s+(\d+) kB$`, 'm').exec(status)?.[1]) * 1_024;
}
