/** Debian and Ubuntu hosts: which one it is, where its packages come from, and packages that do not touch its sources. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { Host } from './host.ts';

/** The suite that the images of the apps are built on, and that newer host programs are taken from. */
export const APP_SUITE = 'trixie';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Whether apt can install things here: root on Debian or Ubuntu, or on a relative of theirs. */
export async function canInstallPackages(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(await osRelease());
}

export async function isDebian(): Promise<boolean> {
  return /^ID="?debian"?$/m.test(await osRelease());
}

/** os-release(5); empty on systems that have none. */
function osRelease(): Promise<string> {
  return readFile('/etc/os-release', 'utf8').catch(() => '');
}

/** Installs packages from the host's own sources; does nothing where they are installed already. */
export async function installPackages(host: Host, packages: readonly string[]): Promise<void> {
  const { exitCode } = await host.attempt('dpkg', ['--status', ...packages]);
  if (exitCode === 0) return;
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  // An installation that was interrupted would make every later one fail.
  await host.run('dpkg', ['--configure', '--pending'], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  await host.run('apt-get', ['update', ...wait]);
  await host.run('apt-get', ['install', '--yes', '--no-install-recommends', ...wait, ...packages], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** Lines for an apt sources.list of a Debian suite: main and, where the host names it, security. */
export async function debianSources(suite: string): Promise<string[]> {
  const uris = await hostPackageUris();
  const main = uris.find((uri) => /\/debian\/?$/.test(uri));
  if (main === undefined) {
    throw new AppError(
      'DEBIAN_MIRROR_UNKNOWN',
      `none of the package sources of this machine is a Debian mirror (${uris.join(', ') || 'there are none'})`,
      'Use a machine that can pull images (docker pull debian:trixie-slim), or add a Debian mirror to /etc/apt.',
    );
  }
  const security = uris.find((uri) => /\/debian-security\/?$/.test(uri));
  const options = `[signed-by=${KEYRING}]`;
  return [
    `deb ${options} ${main} ${suite} main`,
    ...(security === undefined ? [] : [`deb ${options} ${security} ${suite}-security main`]),
  ];
}

/**
 * Downloads packages of another suite and unpacks them below `folder`, without installing them: apt works with lists
 * and caches of its own, so the host's sources and its package database stay as they are.
 */
export async function unpackPackages(
  host: Host,
  { suite, packages, folder }: { suite: string; packages: readonly string[]; folder: string },
): Promise<void> {
  const apt = join(folder, 'apt');
  await Promise.all(
    ['lists/partial', 'archives/partial', 'debs'].map((name) => mkdir(join(apt, name), { recursive: true })),
  );
  await writeFile(join(apt, 'sources.list'), `${(await debianSources(suite)).join('\n')}\n`);
  await writeFile(join(apt, 'status'), '');
  const options = [
    `Dir::Etc::sourcelist=${apt}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    `Dir::State::lists=${apt}/lists`,
    `Dir::State::status=${apt}/status`,
    `Dir::Cache=${apt}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  await host.run('apt-get', [...options, 'update']);
  await host.run('apt-get', [...options, 'download', ...packages], { cwd: join(apt, 'debs') });
  for (const deb of await readdir(join(apt, 'debs'))) {
    await host.run('dpkg-deb', ['--extract', join(apt, 'debs', deb), folder]);
  }
}

async function hostPackageUris(): Promise<string[]> {
  const parts = await readdir('/etc/apt/sources.list.d').catch(() => []);
  const files = ['/etc/apt/sources.list', ...parts.map((name) => join('/etc/apt/sources.list.d', name))];
  const texts = await Promise.all(
    files.filter((file) => /\.(list|sources)$/.test(file)).map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return texts.flatMap(parsePackageUris);
}

/** The addresses in an apt sources file, in either of its formats (sources.list(5)); disabled lines do not count. */
export function parsePackageUris(text: string): string[] {
  const lines = text.split('\n').filter((line) => /^(deb\s|URIs:)/.test(line));
  return lines.flatMap((line) => line.match(/[a-z]+:\/\/\S+/g) ?? []);
}
