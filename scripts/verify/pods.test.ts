import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { startFakeApiServer } from '../../test/support/fake-api-server.ts';
import { execInPod } from './pods.ts';

const TARGET = { namespace: 'kit', pod: 'gone', container: 'app' };

/** An API server whose exec does this with each connection. */
async function startExecServer(onConnection: (socket: WebSocket) => void) {
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'v5.channel.k8s.io' });
  sockets.on('connection', onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kubeConfig = new KubeConfig();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kubeConfig.loadFromClusterAndUser({ name: 'fake', server: url, skipTLSVerify: true }, { name: 'fake' });
  return {
    kubeConfig,
    async [Symbol.asyncDispose]() {
      sockets.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const STATUS_STREAM = 3;
const status = (content: object) => Buffer.concat([Buffer.of(STATUS_STREAM), Buffer.from(JSON.stringify(content))]);

test('a Pod that is not there is an error in the words of the API server', async () => {
  await using server = await startFakeApiServer();
  const message = 'pods "gone" not found';
  server.fault = () => ({ status: 404, body: { kind: 'Status', code: 404, message } });
  await expect(execInPod(server.kubeConfig, TARGET, ['true'])).rejects.toMatchObject({
    code: 'API_NOT_FOUND',
    message: `exec in gone/app was answered with 404: ${message}`,
  });
});

test('an API server that is not there is an error with its reason', async () => {
  const kubeConfig = new KubeConfig();
  // Nothing listens there.
  const server = 'http://127.0.0.1:1';
  kubeConfig.loadFromClusterAndUser({ name: 'fake', server, skipTLSVerify: true }, { name: 'fake' });
  await expect(execInPod(kubeConfig, TARGET, ['true'])).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
});

test('gives the exit code and what was printed', async () => {
  await using server = await startExecServer((socket) => {
    socket.send(Buffer.from('\u0001out'));
    socket.send(Buffer.from('\u0002err'));
    socket.send(status({ status: 'Failure', details: { causes: [{ reason: 'ExitCode', message: '3' }] } }));
  });
  expect(await execInPod(server.kubeConfig, TARGET, ['false'])).toEqual({ exitCode: 3, stdout: 'out', stderr: 'err' });
});

test('a connection that ends before the program has is an error', async () => {
  await using server = await startExecServer((socket) => socket.terminate());
  await expect(execInPod(server.kubeConfig, TARGET, ['sleep', '9'])).rejects.toThrow(
    'exec in gone/app: the connection ended before the program',
  );
});
