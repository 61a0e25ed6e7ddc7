/**
 * ECS has no ConfigMaps and hands out empty volumes that belong to root. One more container, which runs to its end before
 * the others start, does what the kubelet does: it writes the files and opens the folders.
 */
import type { ContainerDefinition, KeyValuePair } from '@aws-sdk/client-ecs';
import type { V1Volume } from '@kubernetes/client-node';
import { podSpecOf, type Workload } from './workload.ts';

export const PREPARE = 'prepare-volumes';
const FOLDER = '/volumes';

/** Undefined if the Pod has no volume that needs it. */
export function prepareContainer(workload: Workload, logging: ContainerDefinition): ContainerDefinition | undefined {
  const spec = podSpecOf(workload);
  const volumes = (spec.volumes ?? []).filter(({ emptyDir, configMap }) => (emptyDir ?? configMap) !== undefined);
  if (volumes.length === 0) return undefined;
  const environment: KeyValuePair[] = [];
  const lines = volumes.flatMap((volume) => {
    const folder = `${FOLDER}/${volume.name}`;
    // All may write, and nobody may remove what is another's.
    if (volume.configMap === undefined) return [`chmod 1777 ${folder}`];
    return filesOf(workload, volume).flatMap(([path, text]) => {
      const name = `FILE_${environment.length}`;
      environment.push({ name, value: text });
      return [`printf %s "$${name}" > '${folder}/${path}'`, `chmod 0644 '${folder}/${path}'`];
    });
  });
  return {
    name: PREPARE,
    // One that the task has anyway; it needs bash and chmod, and every Debian has them.
    image: spec.containers[0]?.image,
    essential: false,
    entryPoint: ['bash', '-euc'],
    command: [lines.join('\n')],
    environment,
    user: '0:0',
    readonlyRootFilesystem: true,
    linuxParameters: { capabilities: { drop: ['ALL'] } },
    mountPoints: volumes.map(({ name }) => ({ sourceVolume: name, containerPath: `${FOLDER}/${name}` })),
    ...logging,
  };
}

/** The files of a ConfigMap volume, as path and text. */
function filesOf({ configMaps }: Workload, { configMap }: V1Volume): [path: string, text: string][] {
  const data = configMaps[configMap?.name ?? ''];
  if (data === undefined) throw new Error(`there is no ConfigMap ${configMap?.name} beside the Deployment`);
  const items = configMap?.items ?? Object.keys(data).map((key) => ({ key, path: key }));
  return items.map(({ key, path }) => [path, data[key] ?? '']);
}
