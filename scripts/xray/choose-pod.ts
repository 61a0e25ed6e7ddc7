/** Which Pod is looked at, and its twin. */
import { choosePods } from '../logs/choose-pods.ts';
import type { XrayPod } from './pod-spec.ts';

/** On a twin: the UID of the Pod that it is the twin of. */
export const TWIN_LABEL = 'pod-patterns/xray-twin-of';

/** The present one as long as it stays; else the newest that is not about to end. */
export function choosePod(pods: readonly XrayPod[], name: string, presentUid?: string): XrayPod | undefined {
  const originals = pods.filter(({ metadata }) => metadata.labels?.[TWIN_LABEL] === undefined);
  const candidates = choosePods(originals, name) as XrayPod[];
  const staying = candidates.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const created = ({ metadata }: XrayPod) => metadata.creationTimestamp ?? '';
  const newestFirst = (list: readonly XrayPod[]) =>
    list.toSorted((one, other) => created(other).localeCompare(created(one)));
  return (
    staying.find(({ metadata }) => metadata.uid === presentUid) ?? newestFirst(staying)[0] ?? newestFirst(candidates)[0]
  );
}

export function twinOf({ metadata }: XrayPod, pods: readonly XrayPod[]): XrayPod | undefined {
  return pods.find((pod) => pod.metadata.labels?.[TWIN_LABEL] === metadata.uid);
}
