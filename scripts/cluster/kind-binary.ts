/** kind itself: the one on the PATH if it is new enough, else one built from its Go module. */
import { join } from 'node:path';
import { contentHash, treeHash } from '../host/content-hash.ts';
import { exists, makeCacheFolder, removeNeighbours } from '../host/files.ts';
import { isAtLeast, requireGo } from '../host/go.ts';
import type { Host } from '../host/host.ts';

/** The first that knows the kubeadm configuration of the node images in use. */
export const KIND_MINIMUM = '0.30';
const MODULE = new URL('kind/', import.meta.url).pathname;

/** Returns the host with a usable `kind` on its PATH. Throws GO_MISSING where it would have to be built and cannot. */
export async function ensureKind(host: Host, note: (text: string) => void): Promise<Host> {
  const { stdout } = await host.attempt('kind', ['version', '--quiet']);
  const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0];
  if (version !== undefined && isAtLeast(version, KIND_MINIMUM)) return host;

  const folder = join(host.cache, 'kind', contentHash(await treeHash(MODULE)));
  if (!(await exists(folder))) {
    const state = version === undefined ? 'no kind on the PATH' : `the kind on the PATH is ${version}`;
    await requireGo(host, '1.24', `build kind (${state}, ${KIND_MINIMUM} or newer is needed)`);
    note(`${state}: building one, about a minute`);
    const env = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=readonly' };
    await makeCacheFolder(folder, async (unfinished) => {
      await host.run('go', ['build', '-trimpath', '-o', `${unfinished}/`, 'sigs.k8s.io/kind'], { cwd: MODULE, env });
    });
    await removeNeighbours(folder);
  }
  return host.withPath(folder, 'first');
}
