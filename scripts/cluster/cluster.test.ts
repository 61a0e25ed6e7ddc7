import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startFakeMachine } from '../../test/support/fake-programs.ts';
import { freePort } from '../../test/support/free-port.ts';
import { ensureCluster } from './cluster.ts';

/** A node of which an interrupted run has left the container, in this state, and whose image is no longer known. */
const HALF_MADE = JSON.stringify({
  Config: { Image: 'kindest/node:old' },
  State: { Status: 'created' },
  HostConfig: { PortBindings: null },
});

const PROGRAMS = {
  // The container is the file `node`.
  docker: `
    case "$1 $2" in
      'inspect '*) [ -e "$FOLDER/node" ] && echo '${HALF_MADE}' ;;
      'ps '*) [ -e "$FOLDER/node" ] && echo 3f2a ;;
      'rm '*) rm "$FOLDER/node" ;;
      'image inspect') echo sha256:1 ;;
    esac`,
  kind: `
    case $1 in
      version) echo 0.33.0 ;;
      create) echo 'could not find a log line that matches "Reached target"' >&2; exit 1 ;;
    esac`,
};

test('half a cluster is taken away before a new one is made, and one that cannot be made is told', async () => {
  await using machine = await startFakeMachine(PROGRAMS);
  await writeFile(join(machine.folder, 'node'), '');
  const configPath = join(machine.folder, 'kind-config.yaml');
  const mapping = { containerPort: 30_080, hostPort: await freePort(), listenAddress: '127.0.0.1' };
  await writeFile(configPath, stringify({ name: 'half', nodes: [{ extraPortMappings: [mapping] }] }));
  await expect(ensureCluster(machine.engine, configPath, () => {})).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('could not find a log line') as string,
  });
  const calls = await machine.calls();
  const [removed, created] = ['docker rm --force --volumes 3f2a', 'kind create cluster --name half'].map((part) =>
    calls.findIndex((call) => call.startsWith(part)),
  );
  expect(removed).toBeGreaterThan(0);
  expect(created).toBeGreaterThan(removed ?? 0);
});
