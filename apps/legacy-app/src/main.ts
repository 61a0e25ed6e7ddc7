/**
 * The order service: `legacy-app [SETTINGS-FILE]`.
 *
 * A program as they were: one fixed port on the loopback interface, settings from one file, a log format of its own,
 * no metrics. The containers beside it make up for that; nothing in here knows about them.
 */
import { once } from 'node:events';
import { CATALOG_URL } from './catalog.ts';
import { closeEchoSockets, createEchoSockets } from './echo-sockets.ts';
import { openEventLog, type EventLog } from './event-log.ts';
import { createOrderServer } from './server.ts';
import { readSettings, type Settings } from './settings.ts';

const PORT = 8775;
const HOST = '127.0.0.1';
const DEFAULT_SETTINGS_FILE = '/etc/legacy-app/legacy.ini';
const IN_FLIGHT_TIMEOUT_MS = 8_000;

async function main(args: readonly string[]): Promise<void> {
  const [settingsFile = DEFAULT_SETTINGS_FILE] = args;
  if (args.length > 1 || settingsFile.startsWith('-')) {
    process.stderr.write('usage: legacy-app [SETTINGS-FILE]\n');
    process.exit(2);
  }
  const startedMs = performance.now();
  let settings = await readSettings(settingsFile);
  let orders = 0;
  const log = await openEventLog({
    settings,
    now: () => new Date(),
    onTrouble: (error) => process.stderr.write(`legacy-app: cannot write the log: ${error.message}\n`),
  });
  const sockets = createEchoSockets();
  const server = createOrderServer({
    settings: () => settings,
    log,
    sockets,
    catalogUrl: CATALOG_URL,
    onOrder: () => (orders += 1),
  });

  const beat = () => {
    const values = { uptime: `${Math.floor((performance.now() - startedMs) / 1_000)}s`, orders };
    void log.write({ severity: 'NOTE', source: 'orders.heartbeat', message: 'Alive', values });
  };
  let heartbeat = setInterval(beat, settings.heartbeatSeconds * 1_000);

  const readAgain = async (): Promise<void> => {
    settings = (await readSettingsAgain(settingsFile, log)) ?? settings;
    clearInterval(heartbeat);
    heartbeat = setInterval(beat, settings.heartbeatSeconds * 1_000);
  };
  process.on('SIGHUP', () => void readAgain());

  server.listen(PORT, HOST);
  await once(server, 'listening');
  await log.write({ severity: 'NOTE', source: 'orders.start', message: 'Started', values: { settings: settingsFile } });
  process.stdout.write(`legacy-app: listening on ${HOST}:${PORT}, logging to ${settings.logFile}\n`);

  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  clearInterval(heartbeat);
  const closed = once(server, 'close');
  server.close();
  setTimeout(() => server.closeAllConnections(), IN_FLIGHT_TIMEOUT_MS).unref();
  await Promise.all([closed, closeEchoSockets(sockets, IN_FLIGHT_TIMEOUT_MS)]);
  await log.write({ severity: 'NOTE', source: 'orders.stop', message: 'Stopped', values: { orders } });
  await log.close();
  process.exit(0);
}

/** The new settings, or undefined if they cannot be used; either way the log says so. */
async function readSettingsAgain(file: string, log: EventLog): Promise<Settings | undefined> {
  try {
    const settings = await readSettings(file);
    await log.reconfigure(settings);
    await log.write({ severity: 'NOTE', source: 'orders.settings', message: 'Settings were read again' });
    return settings;
  } catch (error) {
    const message = `Settings stay as they were: ${(error as Error).message}`;
    await log.write({ severity: 'FAIL', source: 'orders.settings', message });
    return undefined;
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`legacy-app: ${(error as Error).message}\n`);
  process.exit(1);
});
