/** --sparse-checkout-file: which files of a commit are published. Its patterns are kept with the tree they were used for. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';

/** Puts the patterns where git looks for them; without a file, takes them away. `gitDir` is that of the tree. */
export async function writeSparsePatterns(gitDir: string, file: string | undefined): Promise<void> {
  const path = patternsPath(gitDir);
  if (file === undefined) {
    const isSparse = (await stat(path).catch(() => undefined)) !== undefined;
    // The index notes which files are left out, and would go on leaving them out.
    if (isSparse) for (const one of [path, join(gitDir, 'index')]) await rm(one, { force: true });
    return;
  }
  const patterns = await readPatterns(file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, patterns);
}

/** Whether a tree was made with the patterns that the file has now. */
export async function areSparsePatternsCurrent(gitDir: string, file: string | undefined): Promise<boolean> {
  const used = await readFile(patternsPath(gitDir), 'utf8').catch(() => undefined);
  return used === (file === undefined ? undefined : await readPatterns(file));
}

function patternsPath(gitDir: string): string {
  return join(gitDir, 'info', 'sparse-checkout');
}

async function readPatterns(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    const reason = `cannot read --sparse-checkout-file ${file}: ${describeError(cause)}`;
    throw new AppError('SPARSE_FILE_UNREADABLE', reason, 'Mount the ConfigMap there.', { cause });
  });
}
