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

/** What has changed since the last look, in words: links that point elsewhere, files that came, went or changed. */
export function describeChanges(
  before: readonly VolumeView[],
  now: readonly VolumeView[],
): { text: string; volume: string }[] {
  return now.flatMap((volume) => {
    const old = before.find(({ name }) => name === volume.name);
    if (old?.seenBy === undefined || volume.seenBy === undefined || old.leftOut + volume.leftOut > 0) return [];
    const changed = volume.files.flatMap((file) =>
      describeChange(
        old.files.find(({ path }) => path === file.path),
        file,
      ),
    );
    const gone = old.files.filter(({ path }) => !volume.files.some((file) => file.path === path));
    return [...changed, ...gone.map(({ path }) => `${path} is gone`)].map((text) => ({ text, volume: volume.name }));
  });
}

function describeChange(before: FileView | undefined, { path, type, sizeBytes, target }: FileView): string[] {
  if (before === undefined) return [target === undefined ? `${path} is new` : `${path} is new, → ${target}`];
  if (before.target !== target) return [`${path} now → ${target ?? 'no link'}, before → ${before.target ?? 'no link'}`];
  if (type === 'file' && before.sizeBytes !== sizeBytes) return [`${path}: ${before.sizeBytes} → ${sizeBytes} bytes`];
  return [];
}
