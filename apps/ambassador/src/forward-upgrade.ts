/** The pass that asks the upstream for a WebSocket, and joins the two connections if it agrees. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { relayAnswer } from './answer.ts';
import { callUpstream } from './call-upstream.ts';
import type { CheckedRequest } from './check-request.ts';
import type { Exchange } from './exchange.ts';
import { createRequestHeaders, createResponseHeaders } from './headers.ts';
import { ProxyError } from './proxy-error.ts';
import type { Route } from './route.ts';
import { openTunnel } from './tunnel.ts';
import { createWatchdog } from './watchdog.ts';

const PROTOCOL = 'websocket';

/** Whether a request is to be taken for an upgrade; any other wish, such as h2c, is stripped and not granted. */
export function isUpgradeToForward({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  return method === 'GET' && headers.upgrade?.toLowerCase() === PROTOCOL && !hasBody;
}

/** As forwardRequest. An answer other than 101 goes to the client as it is, and its connection is closed. */
export function forwardUpgrade(
  exchange: Exchange,
  checked: CheckedRequest,
  { client, clientHead }: { client: Socket; clientHead: Buffer },
  { upstream, timeouts, metrics, recorder, listener }: Route,
  onError: (error: unknown) => void,
): void {
  const { response } = exchange;
  const watchdog = createWatchdog();
  const fail = (error: unknown) => {
    watchdog.stop();
    abort();
    onError(error);
  };
  const headers = createRequestHeaders(exchange.request, checked, exchange, upstream.authority);
  headers.push('Connection', 'Upgrade', 'Upgrade', PROTOCOL);

  const abort = callUpstream(
    upstream,
    {
      method: checked.method,
      path: checked.path,
      headers,
      hasBody: false,
      isUpgrade: true,
      connectTimeoutMs: timeouts.connectTimeoutMs,
    },
    {
      onResponse(answer) {
        try {
          relayAnswer(exchange, answer, watchdog, timeouts.idleTimeoutMs);
        } catch (error) {
          fail(error);
        }
      },
      onUpgrade(answer, socket, upstreamHead) {
        if (answer.headers.upgrade?.toLowerCase() !== PROTOCOL) {
          socket.destroy();
          return fail(new ProxyError('UPSTREAM_INVALID', `${upstream.name} switched to another protocol than asked`));
        }
        watchdog.stop();
        response.removeListener('close', onClose);
        response.detachSocket(client);
        exchange.status = 101;
        metrics.tunnels.inc({ listener });
        client.write(createSwitchingHead(answer, exchange.requestId), 'latin1');
        return openTunnel({
          client,
          clientHead,
          upstream: socket as Socket,
          upstreamHead,
          idleTimeoutMs: timeouts.tunnelIdleTimeoutMs,
          onBytes(direction, count) {
            if (direction === 'in') exchange.bytesIn += count;
            else exchange.bytesOut += count;
          },
          onEnd(reason) {
            exchange.error ??= reason;
            metrics.tunnels.dec({ listener });
            recorder.end(exchange);
          },
        });
      },
      onRetry(reason) {
        exchange.retries += 1;
        metrics.retries.inc({ upstream: upstream.name, reason });
      },
      onError: fail,
    },
  );
  const onClose = () => {
    watchdog.stop();
    abort();
  };
  response.once('close', onClose);
  watchdog.arm(timeouts.responseTimeoutMs, () => {
    fail(new ProxyError('UPSTREAM_TIMEOUT', `${upstream.name} did not answer within ${timeouts.responseTimeoutMs} ms`));
  });
}

function createSwitchingHead(answer: IncomingMessage, requestId: string): string {
  const headers = [...createResponseHeaders(answer, requestId), 'Connection', 'Upgrade', 'Upgrade', PROTOCOL];
  const lines = ['HTTP/1.1 101 Switching Protocols'];
  for (let index = 0; index + 1 < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
