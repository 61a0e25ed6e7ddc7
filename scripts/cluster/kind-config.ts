/** kind-config.yaml, as far as the scripts look into it. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import { AppError } from '../../apps/runtime/src/errors.ts';

const Schema = z.looseObject({
  name: z.string(),
  nodes: z.array(
    z.looseObject({
      extraPortMappings: z
        .array(z.looseObject({ containerPort: z.number(), hostPort: z.number(), listenAddress: z.string() }))
        .default([]),
    }),
  ),
});

export interface PortMapping {
  /** Port of the node: a Service's nodePort. */
  readonly containerPort: number;
  readonly hostPort: number;
  /** Address of this machine. */
  readonly listenAddress: string;
}

export interface KindConfig {
  readonly path: string;
  readonly clusterName: string;
  readonly ports: readonly PortMapping[];
}

/** Reads the cluster's configuration; throws KIND_CONFIG_INVALID. */
export async function readKindConfig(path: string): Promise<KindConfig> {
  try {
    const { name, nodes } = Schema.parse(parse(await readFile(path, 'utf8')));
    return { path, clusterName: name, ports: nodes.flatMap((node) => node.extraPortMappings) };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new AppError(
      'KIND_CONFIG_INVALID',
      `${path}: ${reason}`,
      'Correct it, or restore it: git checkout kind-config.yaml',
      {
        cause: error,
      },
    );
  }
}
