/** Once before the tests beside the code: the programs that they start, where they can be installed. */
import { canInstallPackages, installPackages } from '../../scripts/host/debian.ts';
import { createHost } from '../../scripts/host/host.ts';

/** Programs that real repositories, certificates and signatures are made with, and the Debian packages of them. */
const PROGRAMS = { git: 'git', openssl: 'openssl', 'ssh-keygen': 'openssh-client' };

export async function setup(): Promise<void> {
  const host = createHost(process.env, new AbortController().signal);
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(PROGRAMS)) {
    const { exitCode } = await host.attempt('sh', ['-c', `command -v ${program}`]);
    if (exitCode !== 0) missing.push(debianPackage);
  }
  if (missing.length === 0) return;
  if (!(await canInstallPackages())) throw new Error(`the tests need ${missing.join(', ')}: install them`);
  await installPackages(host, missing);
}
