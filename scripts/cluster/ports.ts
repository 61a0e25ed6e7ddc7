/** Whether the ports that the cluster is reached by are free on this machine. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { PortMapping } from './kind-config.ts';

/** Throws PORT_IN_USE, naming all that are taken. */
export async function requireFreePorts(ports: readonly PortMapping[]): Promise<void> {
  const taken = await takenPorts(ports);
  if (taken.length === 0) return;
  throw new AppError(
    'PORT_IN_USE',
    `another program listens on ${taken.join(', ')}`,
    `Stop it (ss -ltnp shows which it is), or change the hostPort in kind-config.yaml.`,
  );
}

/** Those that another program listens on, as ADDRESS:PORT. */
export async function takenPorts(ports: readonly PortMapping[]): Promise<string[]> {
  const states = await Promise.all(
    ports.map(async ({ listenAddress, hostPort }) => ({
      address: `${listenAddress}:${hostPort}`,
      isFree: await canListen(listenAddress, hostPort),
    })),
  );
  return states.filter(({ isFree }) => !isFree).map(({ address }) => address);
}

async function canListen(host: string, port: number): Promise<boolean> {
  const server = createServer().listen({ host, port });
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
