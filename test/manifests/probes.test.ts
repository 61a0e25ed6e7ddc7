import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { running, sidecars } from './read-manifests.ts';
import type { Probe } from './schema.ts';

const probes = running.flatMap(({ title, pod, container }) =>
  (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((kind) => {
    const probe = container[kind];
    return probe === undefined ? [] : [{ title, kind, pod, container, probe }];
  }),
);

// git-server's backend has a Unix socket only; its manifest says why it has no liveness probe.
test.each(running)('$title has a readiness and a liveness probe, and they differ', ({ title, container }) => {
  const { readinessProbe, livenessProbe } = container;
  expect(readinessProbe).toBeDefined();
  expect(livenessProbe !== undefined).toBe(title !== 'git-server/backend');
  expect(question(livenessProbe)).not.toEqual(question(readinessProbe));
});

test.each(sidecars)('$title holds back the next container until it is ready', ({ container }) => {
  expect(container.startupProbe).toBeDefined();
  expect(question(container.startupProbe)).toEqual(question(container.readinessProbe));
});

test.each(sidecars.filter(({ container }) => container.name !== 'haproxy'))(
  '$title is asked on its operations port',
  ({ container }) => {
    const port = container.ports?.find(({ name }) => name.endsWith('-ops'))?.name;
    expect(question(container.livenessProbe)).toEqual({ httpGet: { path: '/livez', port } });
    expect(question(container.readinessProbe)).toEqual({ httpGet: { path: '/readyz', port } });
  },
);

// A name is looked up in the container that has the probe, a number is not looked up at all.
test.each(probes.filter(({ probe }) => probe.exec === undefined))(
  'the $kind of $title goes to a port that the Pod has',
  ({ pod, container, probe }) => {
    const port = probe.httpGet?.port ?? probe.tcpSocket?.port;
    const owners = typeof port === 'string' ? [container] : pod.running;
    const ports = owners.flatMap(({ ports = [] }) => ports.flatMap(({ name, containerPort }) => [name, containerPort]));
    expect(ports).toContain(port);
  },
);

test.each(probes.filter(({ kind }) => kind === 'livenessProbe'))(
  '$title is restarted after 20 s without an answer at the earliest, and has 5 s for each',
  ({ probe }) => {
    expect(probe.periodSeconds * probe.failureThreshold).toBeGreaterThanOrEqual(20);
    expect(probe.timeoutSeconds).toBeGreaterThanOrEqual(5);
  },
);

test.each(probes.flatMap(({ title, kind, probe: { exec } }) => (exec ? [{ title, kind, command: exec.command }] : [])))(
  'the $kind of $title tells a good answer from an error and from none',
  async ({ kind, command }) => {
    const statuses = [200, 503];
    const server = createServer((_request, response) => response.writeHead(statuses.shift() ?? 500).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(command[0]).toBe('node');
    const ask = () => exitCode(command.slice(1).map((text) => text.replace(':8775/', `:${port}/`)));

    const exitCodes = [await ask(), await ask()];
    expect(statuses).toEqual([]);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    exitCodes.push(await ask());
    // The app is alive when it answers, whatever it says; it is ready when all is well.
    expect(exitCodes).toEqual(kind === 'livenessProbe' ? [0, 0, 1] : [0, 1, 1]);
  },
);

/** What a probe asks, without how often. */
function question(probe: Probe | undefined) {
  const { exec, httpGet, tcpSocket } = probe ?? {};
  return { exec, httpGet, tcpSocket };
}

/** Runs this Node with the arguments of a probe's command. */
async function exitCode(args: readonly string[]): Promise<number | null> {
  const [code] = (await once(execFile(process.execPath, args), 'exit')) as [number | null];
  return code;
}
