/**
 * The order import: `batch-app [SETTINGS-FILE]`. Every few seconds it reads a file of orders, and logs about it in the
 * way of Java programs. It answers over HTTP: health, and an import that is asked for.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importOrders, nextFile } from './order-import.ts';
import { createRollingLog } from './rolling-log.ts';
import { readSettings } from './settings.ts';

const DEFAULT_SETTINGS_FILE = '/etc/batch-app/application.properties';
const LOGGER = 'com.example.batch.BatchApplication';

async function main([settingsFile = DEFAULT_SETTINGS_FILE]: readonly string[]): Promise<void> {
  const settings = await readSettings(settingsFile);
  const write = createRollingLog(settings, () => new Date());
  const nowMs = (): number => performance.now();
  let run = 0;
  const runImport = (): boolean => {
    run += 1;
    return importOrders(nextFile(run), { write, nowMs });
  };

  const answer = ({ method, url }: IncomingMessage, response: ServerResponse): void => {
    if (method === 'GET' && /^\/actuator\/health\/(?:liveness|readiness)$/.test(url ?? '')) {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"UP"}');
    } else if (method === 'POST' && url === '/imports') {
      const isDone = runImport();
      response
        .writeHead(isDone ? 200 : 500, { 'content-type': 'application/json' })
        .end(JSON.stringify({ run, isDone }));
    } else {
      response.writeHead(404).end();
    }
  };
  const server = createServer(answer).listen(settings.serverPort);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  write({ level: 'INFO', thread: 'main', logger: LOGGER, message: 'Started', values: { port } });
  const timer = setInterval(runImport, settings.everySeconds * 1_000);

  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  clearInterval(timer);
  server.close();
  server.closeAllConnections();
  write({ level: 'INFO', thread: 'shutdown', logger: LOGGER, message: 'Stopped', values: { runs: run } });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`batch-app: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
