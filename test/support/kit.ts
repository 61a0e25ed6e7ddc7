/** The running kit, as tests of the cluster use it. */
import { CoreV1Api } from '@kubernetes/client-node';
import { execa } from 'execa';
import { inject } from 'vitest';
import { loadKubeConfig } from '../../scripts/deploy/kube-config.ts';
import { createPodAccess } from '../../scripts/verify/pods.ts';
import { root } from './root.ts';

export const NAMESPACE = 'pod-patterns';

/** Clients for the cluster that the set-up has brought up. */
export async function connectToKit() {
  const kubeConfig = await loadKubeConfig(inject('kubeconfigPath'));
  return {
    core: kubeConfig.makeApiClient(CoreV1Api),
    pods: createPodAccess(kubeConfig, NAMESPACE),
    urls: inject('urls'),
  };
}

interface CommandRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the commands in scripts/, as `npm run` would, in this checkout or in another. */
export async function runScript(
  name: string,
  args: readonly string[] = [],
  { cwd = root, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<CommandRun> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, ['scripts/main.ts', name, ...args], {
    cwd,
    env,
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

/** What `up --json` prints, as far as tests look at it. */
export interface UpJson {
  readonly ok: boolean;
  readonly cluster: { readonly created: boolean };
  readonly removedImages: readonly string[];
  readonly exitCode: number;
  readonly images: readonly {
    readonly name: string;
    readonly reference: string;
    readonly built: boolean;
    readonly loaded: boolean;
  }[];
  readonly objects: readonly { readonly kind: string; readonly name: string; readonly action: string }[];
  readonly findings: readonly { readonly pattern: string }[];
  readonly durations: Readonly<Record<string, number>>;
  readonly error?: { readonly code: string; readonly message: string; readonly remedy: string };
}

/** Runs `up --json`; what it says on stderr is part of the failure when it does not end as expected. */
export async function runUp(
  options: { args?: readonly string[]; cwd?: string; env?: Record<string, string>; exitCode?: number } = {},
): Promise<UpJson> {
  const { exitCode, stdout, stderr } = await runScript('up', ['--json', ...(options.args ?? [])], options);
  if (exitCode !== (options.exitCode ?? 0)) throw new Error(`up ended with ${exitCode}:\n${stderr}`);
  return JSON.parse(stdout) as UpJson;
}
