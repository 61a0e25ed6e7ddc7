/** The manifests that lessons apply: manifests/concepts/NN-slug/*.yaml. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Lesson } from '../../../scripts/course/lesson.ts';
import { paddedNumber } from '../../../scripts/course/lessons.ts';
import { root } from '../../support/root.ts';

interface ConceptObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

interface ConceptContainer {
  readonly image: string;
  readonly securityContext: { readonly runAsUser?: number; readonly runAsGroup?: number };
}

/** The containers of all lessons that run this image. */
export function conceptContainers(image: string): ConceptContainer[] {
  const texts = globSync('manifests/concepts/**/*.{yaml,yml}', { cwd: root }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  const found: ConceptContainer[] = [];
  for (const document of texts.flatMap((text) => parseAllDocuments(text))) {
    document.toJS({
      reviver: (_key, value: unknown) => {
        if (typeof value === 'object' && value !== null && 'image' in value && value.image === image) {
          found.push(value as ConceptContainer);
        }
        return value;
      },
    });
  }
  return found;
}

/** One line for each thing that is wrong with the manifests of the lesson; all is well if it has none. */
export function conceptFaults(lesson: Lesson, knownImages: readonly string[]): string[] {
  const folder = `manifests/concepts/${paddedNumber(lesson)}-${lesson.slug}`;
  return (
    globSync('**/*.{yaml,yml}', { cwd: join(root, folder) })
      // No object of the cluster: kubectl reads it.
      .filter((file) => basename(file) !== 'kustomization.yaml')
      .sort()
      .flatMap((file) => {
        const text = readFileSync(join(root, folder, file), 'utf8');
        const faults = [...objectFaults(lesson, text), ...imageFaults(text, knownImages)];
        return faults.map((fault) => `${folder}/${file}: ${fault}`);
      })
  );
}

/** What a lesson makes it takes away with its namespaces; what has none it must take away itself, so that is told. */
function objectFaults({ namespaces }: Lesson, text: string): string[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) return document.errors.map(({ message }) => message);
    const { kind, metadata } = (document.toJS() ?? {}) as ConceptObject;
    if (kind === undefined || metadata?.name === undefined) return ['an object has no kind or no name'];
    const namespace = kind === 'Namespace' ? metadata.name : metadata.namespace;
    if (namespace === undefined || namespaces.includes(namespace)) return [];
    return [`${kind} ${metadata.name} is in the namespace ${namespace}; the lesson has ${namespaces.join(', ')}`];
  });
}

/** Nothing is pulled: a lesson works where there is no registry. */
function imageFaults(text: string, knownImages: readonly string[]): string[] {
  const images = [...text.matchAll(/^[\s-]*image:\s*['"]?([^\s'"]+)/gm)].map(([, image = '']) => image);
  const policies = text.match(/^\s*imagePullPolicy: (IfNotPresent|Never)$/gm) ?? [];
  return [
    ...images.filter((image) => !knownImages.includes(image)).map((image) => `${image} is no image of the kit`),
    ...(policies.length >= images.length ? [] : ['each container needs imagePullPolicy: IfNotPresent']),
  ];
}
