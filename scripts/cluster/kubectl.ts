/** A kubectl for machines that have none: the one that every node carries. */
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { exists } from '../host/files.ts';
import type { Cluster } from './cluster.ts';

/** Returns the folders that must be added to the PATH: none where there is a kubectl already. */
export async function ensureKubectl({ engine, node }: Cluster): Promise<string[]> {
  const { host } = engine;
  const found = await host.attempt('kubectl', ['version', '--client']);
  if (!found.isMissing) return [];
  if (process.platform !== 'linux') {
    throw new AppError(
      'KUBECTL_MISSING',
      `there is no kubectl on the PATH, and the node's runs on Linux only`,
      'Install it: https://kubernetes.io/docs/tasks/tools/',
    );
  }
  const folder = join(host.cache, 'kubectl');
  const binary = join(folder, 'kubectl');
  if (!(await exists(binary))) {
    await mkdir(folder, { recursive: true });
    const unfinished = join(folder, 'unfinished');
    await host.run('docker', ['cp', '--follow-link', `${node}:/usr/bin/kubectl`, unfinished]);
    await rename(unfinished, binary);
  }
  return [folder];
}
