/** An image registry of our own on 127.0.0.1, for the path that laptops take: images are pulled. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Engine } from '../../scripts/engine/engine.ts';
import { APP_SUITE, canInstallPackages, unpackPackages } from '../../scripts/host/debian.ts';
import { freePort } from './free-port.ts';

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`; the engine allows plain HTTP to that address. */
  readonly address: string;
}

/** Debian's docker-registry as a process of ours, or, where Debian's packages are not at hand, its image. */
export async function startRegistry(engine: Engine): Promise<TestRegistry> {
  const address = `127.0.0.1:${await freePort()}`;
  const stop = (await canInstallPackages())
    ? await startProgram(engine, address)
    : await startContainer(engine, address);
  await expect
    .poll(async () => (await fetch(`http://${address}/v2/`).catch(() => undefined))?.status, { timeout: 60_000 })
    .toBe(200);
  return { address, [Symbol.asyncDispose]: stop };
}

async function startProgram({ host }: Engine, address: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  await unpackPackages(host, { suite: APP_SUITE, packages: ['docker-registry'], folder });
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: address },
  };
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn(join(folder, 'usr/bin/docker-registry'), ['serve', join(folder, 'config.yml')], {
    stdio: 'ignore',
  });
  return async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
    await rm(folder, { recursive: true });
  };
}

async function startContainer({ host }: Engine, address: string): Promise<() => Promise<void>> {
  const id = await host.run('docker', ['run', '--detach', '--publish', `${address}:5000`, 'registry:2']);
  return async () => {
    await host.run('docker', ['rm', '--force', '--volumes', id]);
  };
}
