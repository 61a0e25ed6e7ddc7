/**
 * Reads the manifests as `kubectl apply -k` would, for the part of kustomize that the kit uses: a kustomization.yaml
 * that lists files and folders. Every fault is told with file, line and column, before anything reaches the cluster.
 */
import { readFile, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import * as z from 'zod';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';
import type { KubeObject } from './kube-types.ts';
import { formatRef, refKey, refOf } from './object-ref.ts';
import { parseYamlFile, type YamlFile } from './yaml-file.ts';

export interface Manifest {
  readonly object: KubeObject;
  /** The file it came from, for messages. */
  readonly file: string;
}

/**
 * All objects of one folder or several, in the order they are listed; a file that is reached twice counts once.
 *
 * Throws an AppError `MANIFEST_INVALID` (a file that cannot be read, bad YAML, a field that every object needs, a
 * kustomization key the kit does not know) or `MANIFEST_DUPLICATE` (one object in two files).
 */
export async function loadManifests(folders: string | readonly string[]): Promise<Manifest[]> {
  const seenPaths = new Set<string>();
  const manifests: Manifest[] = [];
  for (const folder of typeof folders === 'string' ? [folders] : folders) {
    for await (const manifest of readFolder(normalize(folder), seenPaths)) manifests.push(manifest);
  }
  checkUnique(manifests);
  return manifests;
}

const KUSTOMIZATION_KEYS = ['apiVersion', 'kind', 'resources'];

async function* readFolder(folder: string, seenPaths: Set<string>): AsyncGenerator<Manifest> {
  const kustomization = join(folder, 'kustomization.yaml');
  const file = parseYamlFile(kustomization, await readText(kustomization));
  const value = asMapping(file);
  for (const key of Object.keys(value)) {
    if (KUSTOMIZATION_KEYS.includes(key)) continue;
    throw invalid(file.at([key]), `the key ${JSON.stringify(key)} is not supported here`, ONLY_RESOURCES);
  }
  const parsed = z.array(z.string()).min(1).safeParse(value['resources']);
  if (!parsed.success) {
    throw invalid(file.at(['resources']), '`resources` must be a list of files and folders', ONLY_RESOURCES);
  }
  for (const [index, resource] of parsed.data.entries()) {
    const path = join(folder, resource);
    if (seenPaths.has(path)) continue;
    seenPaths.add(path);
    const isFolder = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => undefined,
    );
    if (isFolder === undefined) {
      throw invalid(
        file.at(['resources', index]),
        `there is no file or folder ${path}`,
        'Correct the path or add the file.',
      );
    }
    if (isFolder) yield* readFolder(path, seenPaths);
    else yield { object: checkObject(parseYamlFile(path, await readText(path))), file: path };
  }
}

const ONLY_RESOURCES = 'Use only apiVersion, kind and resources; write the objects out in full in their own files.';

function checkObject(file: YamlFile): KubeObject {
  const value = asMapping(file);
  for (const path of [['apiVersion'], ['kind'], ['metadata', 'name']]) {
    const field = path.reduce<unknown>((node, key) => (isMapping(node) ? node[key] : undefined), value);
    if (typeof field === 'string' && field !== '') continue;
    const found = field === undefined ? 'is missing' : `must be a text, not ${JSON.stringify(field)}`;
    throw invalid(
      file.at(path),
      `${path.join('.')} ${found}`,
      'Every object needs apiVersion, kind and metadata.name.',
    );
  }
  return value as KubeObject;
}

function asMapping(file: YamlFile): Record<string, unknown> {
  if (isMapping(file.value)) return file.value;
  throw invalid(file.at([]), 'the file does not hold an object', 'Write one Kubernetes object in the file.');
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkUnique(manifests: readonly Manifest[]): void {
  const files = new Map<string, string>();
  for (const { object, file } of manifests) {
    const ref = refOf(object);
    const other = files.get(refKey(ref));
    if (other !== undefined) {
      throw new AppError(
        'MANIFEST_DUPLICATE',
        `${formatRef(ref)} is in ${other} and again in ${file}`,
        'Keep one of them, and list its file wherever it is needed.',
      );
    }
    files.set(refKey(ref), file);
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw invalid(
      path,
      `cannot be read: ${describeError(error)}`,
      'Add the file, or correct the path that leads to it.',
    );
  }
}

function invalid(where: string, what: string, remedy: string): AppError {
  return new AppError('MANIFEST_INVALID', `${where}: ${what}`, remedy);
}
