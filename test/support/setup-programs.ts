/** Once before the tests beside the code: the programs that they start, where they can be installed. */
import { createHost } from '../../scripts/host/host.ts';
import { requirePrograms } from './require-programs.ts';

export async function setup(): Promise<void> {
  const host = createHost(process.env, new AbortController().signal);
  // What real repositories, certificates and signatures are made with, and a shell to complete in.
  await requirePrograms(host, [
    { names: ['git'], debianPackage: 'git' },
    { names: ['openssl'], debianPackage: 'openssl' },
    { names: ['ssh-keygen'], debianPackage: 'openssh-client' },
    { names: ['zsh'], debianPackage: 'zsh' },
  ]);
}
