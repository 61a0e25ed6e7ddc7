/** What stays open for long while the configuration changes: WebSockets with traffic, and slow downloads. */
import { once } from 'node:events';
import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { call } from './clients.ts';
import type { FailureLog } from './failures.ts';
import { DOWNLOAD_PART, DOWNLOAD_PARTS } from './order-log.ts';

const MESSAGE_INTERVAL_MS = 50;
const ECHO_TIMEOUT_MS = 10_000;

export interface Talk {
  /** Messages that came back, or downloads that were whole. */
  readonly done: number;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** A WebSocket that sends numbered messages, and expects each to come back, in order and once. */
export async function startEchoTalk(port: number, name: string, failures: FailureLog): Promise<Talk> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`);
  await once(socket, 'open');
  let sent = 0;
  let echoed = 0;
  let isStopping = false;
  const drained = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    socket.send(`${name} ${sent}`);
    sent += 1;
  }, MESSAGE_INTERVAL_MS);
  socket.on('message', (data) => {
    const expected = `${name} ${echoed}`;
    const received = (data as Buffer).toString();
    if (received !== expected) failures.add('WebSocket message', `"${received}" came, not "${expected}"`);
    echoed += 1;
    if (isStopping && echoed === sent) drained.resolve();
  });
  socket.on('error', (error) => failures.add('WebSocket error', error));
  socket.on('close', (code) => {
    if (!isStopping || echoed < sent) failures.add('WebSocket dropped', `${name}: code ${code}, ${echoed} of ${sent}`);
    clearInterval(timer);
    drained.resolve();
  });
  return {
    get done() {
      return echoed;
    },
    async stop() {
      clearInterval(timer);
      isStopping = true;
      if (echoed === sent || socket.readyState !== WebSocket.OPEN) drained.resolve();
      const deadline = new AbortController();
      await Promise.race([drained.promise, sleep(ECHO_TIMEOUT_MS, undefined, { signal: deadline.signal })]);
      deadline.abort();
      if (echoed < sent) failures.add('WebSocket message', `${name}: ${sent - echoed} did not come back`);
      socket.terminate();
    },
  };
}

/** One slow download after the other, each on a connection of its own agent. */
export function startDownloads(port: number, agent: Agent, milliseconds: number, failures: FailureLog): Talk {
  const expected = DOWNLOAD_PART.length * DOWNLOAD_PARTS;
  let done = 0;
  const stopping = new AbortController();
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const { status, body } = await call({ port, agent, path: `/download?ms=${milliseconds}` });
        const isWhole = body.length === expected && body.subarray(-DOWNLOAD_PART.length).equals(DOWNLOAD_PART);
        if (status === 200 && isWhole) done += 1;
        else failures.add('download', `status ${status}, ${body.length} of ${expected} bytes`);
      } catch (error) {
        failures.add('download', error);
      }
    }
  })();
  return {
    get done() {
      return done;
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
