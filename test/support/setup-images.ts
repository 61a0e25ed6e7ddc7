/** Once before the tests of images: an engine, and every image of the kit as this checkout builds it. */
import type { TestProject } from 'vitest/node';
import { ensureEngine } from '../../scripts/engine/engine.ts';
import { createHost } from '../../scripts/host/host.ts';
import { buildAppImages } from '../../scripts/images/app-images.ts';
import { root } from './root.ts';

export async function setup(project: TestProject): Promise<void> {
  const note = (text: string) => void process.stderr.write(`images: ${text}\n`);
  const engine = await ensureEngine(createHost(process.env, new AbortController().signal), note);
  const { images } = await buildAppImages(engine, { root, note });
  project.provide('images', Object.fromEntries(images.map(({ name, reference }) => [name, reference])));
}
