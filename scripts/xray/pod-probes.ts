/** A probe in each running container of one Pod, started again with the container. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { ProbeReading } from './parse-probe.ts';
import { containersOf, statusesOf, type XrayPod } from './pod-spec.ts';
import { runProbe } from './probe.ts';

export interface PodProbes {
  /** The last reading of each container that runs. */
  readonly readings: ReadonlyMap<string, ProbeReading>;
  /** Why there is none. */
  readonly faults: ReadonlyMap<string, string>;
  /** Call it with each new state of the Pod. */
  update(pod: XrayPod): void;
  stop(): void;
}

export interface PodProbesOptions {
  readonly onReading: (container: string) => void;
  readonly signal: AbortSignal;
}

export function createPodProbes(kubeConfig: KubeConfig, { onReading, signal }: PodProbesOptions): PodProbes {
  const readings = new Map<string, ProbeReading>();
  const faults = new Map<string, string>();
  const running = new Map<string, { readonly id: string; readonly stop: AbortController }>();
  const all = new AbortController();

  const end = (container: string, stop: AbortController, signal: AbortSignal, why: string) => {
    if (running.get(container)?.stop !== stop || signal.aborted) return;
    readings.delete(container);
    faults.set(container, why);
    // What is wrong with the image stays wrong; a connection comes back with the next state of the Pod.
    if (!/executable file not found|no such file/.test(why)) running.delete(container);
    onReading(container);
  };

  const start = (pod: XrayPod, container: string, id: string) => {
    const stop = new AbortController();
    running.set(container, { id, stop });
    const spec = containersOf(pod).find(({ name }) => name === container);
    const target = {
      namespace: pod.metadata.namespace ?? '',
      pod: pod.metadata.name,
      container,
      mountPaths: (spec?.volumeMounts ?? []).map(({ mountPath }) => mountPath),
    };
    const onLook = (reading: ProbeReading) => {
      if (stop.signal.aborted) return;
      readings.set(container, reading);
      faults.delete(container);
      onReading(container);
    };
    const options = { onReading: onLook, signal: AbortSignal.any([signal, all.signal, stop.signal]) };
    void runProbe(kubeConfig, target, options).then((why) => end(container, stop, options.signal, why));
  };

  return {
    readings,
    faults,
    update(pod) {
      for (const { name, state, containerID } of statusesOf(pod)) {
        const id = state?.running === undefined ? undefined : containerID;
        const current = running.get(name);
        if (current?.id === id) continue;
        current?.stop.abort();
        running.delete(name);
        readings.delete(name);
        if (id !== undefined) start(pod, name, id);
      }
    },
    stop: () => all.abort(),
  };
}
