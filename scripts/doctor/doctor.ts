/** All that can be said about this machine before anything is tried. Nothing is changed, and nothing needs to be there. */
import { describeError } from '../../apps/runtime/src/errors.ts';
import type { Host } from '../host/host.ts';
import { checkBaseImages } from './base-images.ts';
import { checkEngine } from './container-engine.ts';
import { checkDisk } from './disk.ts';
import type { Finding } from './finding.ts';
import { checkCluster, checkKind } from './kit-cluster.ts';
import { checkBuilding, checkInotify, checkNode, checkPrograms, checkProxy } from './machine.ts';

const NO_ROOM = {
  state: 'failure',
  fix: 'Make room (docker system prune), or set XDG_CACHE_HOME to a folder on a larger disk.',
} as const;

/** `root`: the checkout. */
export async function examine(host: Host, root: string): Promise<Finding[]> {
  const { engine, findings } = await checkEngine(host);
  const rest = await Promise.all([
    attempt('Disk', () => checkDisk('Disk', host.cache, NO_ROOM)),
    attempt('inotify limits', () => checkInotify()),
    attempt('Proxy', () => checkProxy(host.env)),
    attempt('kind', () => checkKind(host)),
    attempt('Cluster', () => checkCluster(engine, root)),
    attempt('Base images', () => checkBaseImages(engine)),
    attempt('Programs', () => checkPrograms(host)),
    attempt('Building what cannot be pulled', () => checkBuilding(host)),
  ]);
  return [checkNode(process.versions.node), ...findings, ...rest.flat()];
}

type Answer = Finding | readonly Finding[] | undefined;

/** A check that fails itself is a finding too: the others are still worth having. */
async function attempt(check: string, look: () => Answer | Promise<Answer>): Promise<readonly Finding[]> {
  try {
    const answer = await look();
    return [answer ?? []].flat();
  } catch (error) {
    return [{ check, state: 'unknown', found: describeError(error), why: 'It could not be looked at.' }];
  }
}
