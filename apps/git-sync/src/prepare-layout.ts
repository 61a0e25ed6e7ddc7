import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import { createLayout, type Layout } from './layout.ts';

/**
 * Creates the folders of --root and --link and resolves symlinks in their paths, because the relative target of the
 * published link is only right between real paths. Throws an AppError `ROOT_UNUSABLE`.
 */
export async function prepareLayout(root: string, link: string): Promise<Layout> {
  const realRoot = await ensureFolder(root, '--root');
  const linkFolder = await ensureFolder(dirname(link), 'the folder of --link');
  return createLayout(realRoot, join(linkFolder, basename(link)));
}

async function ensureFolder(path: string, what: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    return await realpath(path);
  } catch (error) {
    throw rootUnusable(path, what, error);
  }
}

export function rootUnusable(path: string, what: string, cause: unknown): AppError {
  return new AppError(
    'ROOT_UNUSABLE',
    `cannot use ${path} as ${what}: ${describeError(cause)}`,
    `Mount a volume there that UID ${process.geteuid?.()} may write to (fsGroup in the Pod does that).`,
    { cause },
  );
}
