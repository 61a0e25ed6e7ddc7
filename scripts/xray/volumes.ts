/** The volumes of a Pod: who mounts them where, and what is in them now. */
import type { FileEntry } from './parse-probe.ts';
import { containersOf, isRunning, type VolumeSpec, type XrayPod } from './pod-spec.ts';
import type { FileView, VolumeView } from './snapshot.ts';

/** The files that a container sees, by its name. */
export type FilesByContainer = ReadonlyMap<string, readonly FileEntry[]>;

const SHOWN_FILES = 24;

export function viewVolumes(pod: XrayPod, files: FilesByContainer): VolumeView[] {
  return (pod.spec.volumes ?? []).map((volume) => {
    const mounts = containersOf(pod).flatMap(({ name: container, volumeMounts = [] }) =>
      volumeMounts
        .filter(({ name }) => name === volume.name)
        .map(({ mountPath: path, readOnly, subPath }) => ({
          container,
          path,
          isReadOnly: readOnly === true,
          isWhole: subPath === undefined,
        })),
    );
    const seen = mounts.find(({ container, isWhole }) => isWhole && isRunning(pod, container) && files.has(container));
    const found = seen === undefined ? [] : filesBelow(seen.path, files.get(seen.container) ?? [], pod);
    return {
      name: volume.name,
      source: describeSource(volume),
      mounts: mounts.map(({ container, path, isReadOnly }) => ({ container, path, isReadOnly })),
      seenBy: seen?.container,
      files: found.slice(0, SHOWN_FILES),
      leftOut: Math.max(0, found.length - SHOWN_FILES),
    };
  });
}

function filesBelow(folder: string, files: readonly FileEntry[], pod: XrayPod): FileView[] {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return files
    .filter(({ path }) => path.startsWith(prefix))
    .toSorted((one, other) => other.modifiedMs - one.modifiedMs || one.path.localeCompare(other.path))
    .map(({ path, type, sizeBytes, modifiedMs, uid, target }) => ({
      path: path.slice(prefix.length),
      type,
      sizeBytes,
      modifiedAt: new Date(modifiedMs).toISOString(),
      owner: ownerOf(uid, pod),
      ...(target !== undefined && { target }),
    }));
}

function ownerOf(uid: number, pod: XrayPod): string {
  const names = containersOf(pod).filter(({ securityContext }) => securityContext?.runAsUser === uid);
  if (names.length > 0) return names.map(({ name }) => name).join(', ');
  return uid === 0 ? 'kubelet' : `UID ${uid}`;
}

function describeSource({ emptyDir, configMap, secret, persistentVolumeClaim, name, ...others }: VolumeSpec): string {
  if (emptyDir !== undefined) {
    return ['emptyDir', emptyDir.medium, emptyDir.sizeLimit].filter(Boolean).join(', ');
  }
  if (configMap !== undefined) return `ConfigMap ${configMap.name ?? ''}`;
  if (secret !== undefined) return `Secret ${secret.secretName ?? ''}`;
  if (persistentVolumeClaim !== undefined) return `claim ${persistentVolumeClaim.claimName}`;
  return Object.keys(others)[0] ?? name;
}

export interface FileChange {
  readonly volume: string;
  readonly path: string;
  readonly change: 'new' | 'gone' | 'link' | 'size';
  /** What follows the name in a sentence. */
  readonly text: string;
}

/** What has changed since the last look: links that point elsewhere, files that came, went or grew. */
export function describeChanges(before: readonly VolumeView[], now: readonly VolumeView[]): FileChange[] {
  return now.flatMap(({ name: volume, ...view }) => {
    const old = before.find(({ name }) => name === volume);
    // Of a volume with more files than are kept, nobody knows what came and went.
    if (old?.seenBy === undefined || view.seenBy === undefined || old.leftOut + view.leftOut > 0) return [];
    const changed = view.files.flatMap((file) => {
      const { path } = file;
      return describeChange(
        old.files.find((candidate) => candidate.path === path),
        file,
      ).map((change) => ({ volume, path, ...change }));
    });
    const gone = old.files.filter(({ path }) => !view.files.some((file) => file.path === path));
    return [...changed, ...gone.map(({ path }) => ({ volume, path, change: 'gone' as const, text: ' is gone' }))];
  });
}

function describeChange(
  before: FileView | undefined,
  { type, sizeBytes, target }: FileView,
): Pick<FileChange, 'change' | 'text'>[] {
  if (before === undefined) return [{ change: 'new', text: target === undefined ? ' is new' : ` is new, → ${target}` }];
  if (before.target !== target) {
    return [{ change: 'link', text: ` now → ${target ?? 'no link'}, before → ${before.target ?? 'no link'}` }];
  }
  if (type !== 'file' || before.sizeBytes === sizeBytes) return [];
  return [{ change: 'size', text: `: ${before.sizeBytes} → ${sizeBytes} bytes` }];
}
