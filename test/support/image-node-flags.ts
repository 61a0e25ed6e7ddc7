/** The flags for Node.js that an image of the kit has in its entry point: what is measured runs under the same. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Throws if the entry point of the app's Dockerfile has none. */
export async function imageNodeFlags(root: string, app: string): Promise<string[]> {
  const dockerfile = await readFile(join(root, 'apps', app, 'Dockerfile'), 'utf8');
  const [, entryPoint = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  const flags = (JSON.parse(entryPoint) as string[]).filter((argument) => argument.startsWith('--'));
  if (flags.length === 0) throw new Error(`the Dockerfile of ${app} has no ENTRYPOINT with flags for node`);
  return flags;
}
