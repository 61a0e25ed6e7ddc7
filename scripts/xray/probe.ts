/**
 * probe.sh in one container, over one exec that stays open: asked for a look each second, and only then does it do
 * anything. Closing it closes the script's stdin, which ends it.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { describeError } from '../../apps/runtime/src/errors.ts';
import { createExec } from '../deploy/kube-exec.ts';
import { parseProbe, type ProbeReading } from './parse-probe.ts';
import { PROBE_NAME } from './processes.ts';

export interface ProbeTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly mountPaths: readonly string[];
}

export interface ProbeOptions {
  readonly onReading: (reading: ProbeReading) => void;
  readonly signal: AbortSignal;
}

const PERIOD_MS = 700;
/** Far more than a look prints; a program that floods stdout is no probe. */
const MAX_CHARACTERS = 2_000_000;

const script = await readFile(new URL('probe.sh', import.meta.url), 'utf8');

/**
 * Looks again and again until the signal aborts, or the container or the connection ends; resolves then, to why.
 * An image without a shell is such a reason.
 */
export async function runProbe(kubeConfig: KubeConfig, target: ProbeTarget, options: ProbeOptions): Promise<string> {
  const { namespace, pod, container, mountPaths } = target;
  const { onReading, signal } = options;
  const mark = randomBytes(9).toString('hex');
  const over = new AbortController();
  const stdin = new PassThrough();
  const ask = () => stdin.write('\n');
  const end = (why: string) => over.abort(why);
  const onAbort = () => end('nobody watches');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();

  let text = '';
  const decoder = new TextDecoder();
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_CHARACTERS) end('it prints too much');
      const finish = text.indexOf(`\n@${mark} end\n`);
      if (finish >= 0) {
        onReading(parseProbe(text.slice(0, finish), mark));
        text = '';
        void sleep(PERIOD_MS, undefined, { signal: over.signal }).then(ask, () => {});
      }
      done();
    },
  });
  const command = ['sh', '-c', script, PROBE_NAME, mark, ...mountPaths];
  const exec = createExec(kubeConfig, `exec in ${pod}/${container}`);
  try {
    const socket = await exec.exec(namespace, pod, container, command, stdout, null, stdin, false, ({ message }) =>
      end(message ?? 'the probe ended'),
    );
    socket.addEventListener('close', () => end('the connection was closed'));
    socket.addEventListener('error', () => end('the connection broke'));
    ask();
    if (!over.signal.aborted) {
      await new Promise((resolve) => over.signal.addEventListener('abort', resolve, { once: true }));
    }
    stdin.end();
    socket.close();
  } catch (error) {
    return describeError(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  return String(over.signal.reason);
}
