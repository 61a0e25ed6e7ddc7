/** `npm run ecs [-- NAME]`: the three patterns as task definitions of AWS ECS, and what cannot be told it. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { loadManifests } from '../deploy/load-manifests.ts';
import { renderConversion, type Conversion } from '../ecs/render.ts';
import { taskDefinitionOf } from '../ecs/task-definition.ts';
import { unmappedFields } from '../ecs/unmapped.ts';
import { workloadsOf, type Workload } from '../ecs/workload.ts';

const PATTERNS = ['ambassador', 'sidecar', 'adapter'];

async function ecs({ root, argument, columns }: CommandContext): Promise<CommandResult> {
  const conversions = (await wanted(root, argument)).map((workload): Conversion => ({
    name: workload.deployment.metadata.name,
    taskDefinition: taskDefinitionOf(workload),
    unmapped: unmappedFields(workload),
  }));
  return {
    data: { conversions },
    text: `${conversions.map((conversion) => renderConversion(conversion, columns)).join('\n\n')}\n`,
  };
}

/** The Deployments of a folder, or those of the kit with that name. */
async function wanted(root: string, argument: string | undefined): Promise<Workload[]> {
  const isFolder = argument !== undefined && (await isDirectory(resolve(argument)));
  const manifests = await loadManifests(isFolder ? resolve(argument) : join(root, 'manifests'));
  const workloads = workloadsOf(manifests.map(({ object }) => object));
  const names = argument === undefined ? PATTERNS : [argument];
  const found = isFolder ? workloads : workloads.filter(({ deployment }) => names.includes(deployment.metadata.name));
  if (found.length > 0) return found;
  const known = workloads.map(({ deployment }) => deployment.metadata.name).join(', ');
  throw new AppError(
    'USAGE',
    isFolder ? `${argument} has no Deployment` : `${argument} is neither a folder nor a Deployment of the kit`,
    `Name a folder with a kustomization.yaml, or one of: ${known}.`,
  );
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

export const command: CommandBody = {
  argument: {
    placeholder: 'NAME',
    summary: 'a Deployment of the kit, or a folder with a kustomization.yaml; without it, the three patterns',
  },
  examples: [
    'npm run ecs -- sidecar',
    'npm run -s ecs -- sidecar --json | jq ".conversions[0].taskDefinition" > sidecar.json',
    'aws ecs register-task-definition --cli-input-json file://sidecar.json',
  ],
  run: ecs,
};
