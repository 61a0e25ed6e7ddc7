/** The images that the kit does not build from its own sources alone. */
import { hasNodeImage } from '../cluster/node-image.ts';
import type { Engine } from '../engine/engine.ts';
import { hasDebian } from '../images/app-images.ts';
import type { Finding } from './finding.ts';

/** Whether a registry, or the packages to make them of, will be needed. */
export async function checkBaseImages(engine: Engine | undefined): Promise<Finding | undefined> {
  if (engine === undefined) return undefined;
  const missing = [
    ...((await hasNodeImage(engine)) ? [] : ['the image of the node']),
    ...((await hasDebian(engine)) ? [] : ['Debian']),
  ];
  return {
    check: 'Base images',
    state: 'ok',
    found:
      missing.length === 0 ? 'on this machine' : `${missing.join(' and ')} not here yet: npm run up pulls or makes it`,
    why: 'Everything else is made of them; once they are here, no registry has to be reached.',
  };
}
