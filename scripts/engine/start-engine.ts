/** Starting and stopping the engine that the kit set up. It outlives the command that started it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { Host } from '../host/host.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;

/** Starts dockerd in the background, on the default socket, and waits until it answers. */
export async function startEngine(host: Host, note: (text: string) => void): Promise<void> {
  const { folder, pidFile, logFile } = engineFiles(host);
  await mkdir(folder, { recursive: true });
  // A pid file that outlived its process, of an engine that was killed, would make dockerd refuse to start.
  if ((await enginePid(host)) === undefined) await rm(pidFile, { force: true });
  note(`starting dockerd; its log is ${logFile}`);
  const log = await open(logFile, 'w');
  const child = spawn('dockerd', ['--data-root', join(folder, 'data'), '--pidfile', pidFile, '--log-level', 'warn'], {
    env: host.env,
    detached: true, // a session of its own: Ctrl-C in the terminal is not meant for it
    stdio: ['ignore', log.fd, log.fd],
  });
  const exited = new AbortController();
  once(child, 'exit').then(
    () => exited.abort(),
    () => exited.abort(),
  );
  await log.close();
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS);
  for (;;) {
    const { exitCode } = await host.attempt('docker', ['version']);
    if (exitCode === 0) break;
    if (exited.signal.aborted || deadline.aborted) {
      throw new AppError(
        'ENGINE_NOT_STARTED',
        `dockerd did not start:\n${(await readFile(logFile, 'utf8')).split('\n').slice(-20).join('\n')}`,
        `Read ${logFile}; then run the command again.`,
      );
    }
    await sleep(200, undefined, { signal: host.signal });
  }
  child.unref();
}

/** Stops the engine if it is the one the kit started. Returns whether there was one. */
export async function stopEngine(host: Host): Promise<boolean> {
  const pid = await enginePid(host);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while ((await enginePid(host)) !== undefined) {
    if (Date.now() > deadline) {
      throw new AppError(
        'ENGINE_NOT_STOPPED',
        `dockerd (process ${pid}) has not ended`,
        `Look at ${engineFiles(host).logFile}.`,
      );
    }
    await sleep(100, undefined, { signal: host.signal });
  }
  return true;
}

/** The process id of the engine that the kit started, if it runs. A number in a file is not enough: ids are reused. */
async function enginePid(host: Host): Promise<number | undefined> {
  const text = await readFile(engineFiles(host).pidFile, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (Number.isNaN(pid)) return undefined;
  const executable = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return executable.endsWith('/dockerd') ? pid : undefined;
}

function engineFiles(host: Host) {
  const folder = join(host.cache, 'engine');
  return { folder, pidFile: join(folder, 'dockerd.pid'), logFile: join(folder, 'dockerd.log') };
}
