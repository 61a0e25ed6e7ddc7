/** Parts of a README that a command writes: what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
import { readFile, writeFile } from 'node:fs/promises';

const README = new URL('../../apps/ambassador/README.md', import.meta.url);

const blockOf = (name: string) => new RegExp(`(?<=<!-- ${name} -->\\n)[^]*(?=<!-- /${name} -->)`);

/** What the ambassador's README has there; throws if it has no such part. */
export async function readBlock(name: string): Promise<string> {
  const [block] = blockOf(name).exec(await readFile(README, 'utf8')) ?? [];
  if (block === undefined) throw new Error(`the README of the ambassador has no <!-- ${name} -->`);
  return block;
}

/** Puts a text in its place. */
export async function writeBlock(name: string, content: string): Promise<void> {
  const text = await readFile(README, 'utf8');
  await writeFile(
    README,
    text.replace(blockOf(name), () => content),
  );
}
