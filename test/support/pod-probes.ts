/** The probes of the manifests, asked from this machine as the kubelet asks them from its node. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { vi } from 'vitest';
import type { StartedTestContainer } from 'testcontainers';
import type { Container, Probe } from '../manifests/schema.ts';

const PROBE_DEADLINE_MS = 60_000;

/** Where a port of the Pod is found on this machine. */
export type FindPort = (containerPort: number) => { readonly host: string; readonly port: number };

/** Asks until the answer is good; throws with the last answer after a minute. */
export async function waitForProbe(
  probe: Probe,
  spec: Container,
  container: StartedTestContainer,
  findPort: FindPort,
): Promise<void> {
  const locate = (port: number | string) => {
    const number = typeof port === 'number' ? port : spec.ports?.find(({ name }) => name === port)?.containerPort;
    if (number === undefined) throw new Error(`${spec.name} has no port ${port}`);
    return findPort(number);
  };
  const ask = async () => {
    if (probe.httpGet !== undefined) {
      const { host, port } = locate(probe.httpGet.port);
      const response = await fetch(`http://${host}:${port}${probe.httpGet.path}`, {
        signal: AbortSignal.timeout(probe.timeoutSeconds * 1_000),
      });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    } else if (probe.tcpSocket !== undefined) {
      const socket = connect(locate(probe.tcpSocket.port));
      await once(socket, 'connect');
      socket.destroy();
    } else if (probe.exec !== undefined) {
      const { exitCode, output } = await container.exec(probe.exec.command);
      if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${output}`);
    }
  };
  await vi.waitFor(ask, { timeout: PROBE_DEADLINE_MS, interval: 100 });
}
