/** The programs of a container engine, for a machine that has none. */
import { join } from 'node:path';
import { APP_SUITE, installPackages, isDebian, unpackPackages } from '../host/debian.ts';
import { makeCacheFolder } from '../host/files.ts';
import type { Host } from '../host/host.ts';

/** The host with the kit's engine on its PATH, for what the machine itself does not have. */
export function withEnginePrograms(host: Host): Host {
  return ['usr/bin', 'usr/sbin'].reduce(
    (current, folder) => current.withPath(join(engineFolder(host), folder), 'last'),
    host,
  );
}

/**
 * Makes dockerd available.
 *
 * On Debian, containerd, runc and iptables come from the host's own sources and dockerd from a newer Debian, unpacked in
 * the cache folder: 20.10, which Debian 12 has, cannot start a privileged container where a capability is missing from
 * the bounding set, and 26.1 needs no library that Debian 12 lacks. Ubuntu's own Docker is new enough.
 */
export async function installEngine(host: Host, note: (text: string) => void): Promise<void> {
  if (!(await isDebian())) {
    note('installing docker.io with apt-get');
    return installPackages(host, ['docker.io', 'iptables']);
  }
  note('installing containerd, runc and iptables with apt-get');
  await installPackages(host, ['containerd', 'runc', 'iptables']);
  const folder = engineFolder(host);
  await makeCacheFolder(folder, async (unfinished) => {
    note(`unpacking Docker of Debian ${APP_SUITE} into ${folder}`);
    await unpackPackages(host, { suite: APP_SUITE, packages: ['docker.io', 'docker-cli'], folder: unfinished });
  });
}

/** Where the engine's client is, if the kit has installed it. */
export function engineClientFolder(host: Host): string {
  return join(engineFolder(host), 'usr/bin');
}

function engineFolder(host: Host): string {
  return join(host.cache, 'engine-programs', `docker-${APP_SUITE}`);
}
