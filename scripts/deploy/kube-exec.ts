/**
 * The library's exec, with errors that say what was wrong: its own are events of a WebSocket, without the status and
 * the words of the API server.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Exec, type KubeConfig } from '@kubernetes/client-node';
import { WebSocket, type ClientOptions, type ErrorEvent } from 'ws';
import { KubeApiError, statusError, unreachableError } from './kube-errors.ts';

/** `what` names the exec in errors: `exec in POD/CONTAINER`. It throws a KubeApiError if it is refused. */
export function createExec(kubeConfig: KubeConfig, what: string): Exec {
  const refuse = async (socket: WebSocket, response: IncomingMessage) => {
    const body = await text(response).catch(() => '');
    socket.emit('error', statusError(what, response.statusCode ?? 0, body));
    socket.terminate();
  };
  const socketFactory = (url: string, protocols: string[], options: ClientOptions) => {
    const socket = new WebSocket(url, protocols, options);
    return socket.on('unexpected-response', (_request: ClientRequest, response: IncomingMessage) => {
      void refuse(socket, response);
    });
  };
  const explain = (thrown: ErrorEvent | Error): never => {
    const error: unknown = 'error' in thrown ? thrown.error : thrown;
    if (error instanceof KubeApiError) throw error;
    throw unreachableError(what, kubeConfig.getCurrentCluster()?.server ?? '', error);
  };

  const exec = new Exec(kubeConfig);
  const { handler } = exec;
  // The class of the handler, whose constructor takes the factory, is not exported.
  Object.assign(handler, { socketFactory });
  exec.handler = { connect: (...args) => handler.connect(...args).catch(explain) };
  return exec;
}
