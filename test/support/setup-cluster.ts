/** Once before the tests of the cluster: `up`, as a user runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { TestProject } from 'vitest/node';
import { root } from './root.ts';

/** What `up --json` prints, as far as tests use it. */
interface UpResult {
  readonly cluster: { readonly kubeconfig: string };
  readonly urls: Record<string, string>;
}

export async function setup(project: TestProject): Promise<void> {
  const child = spawn(process.execPath, ['scripts/main.ts', 'up', '--json'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [stdout, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  if (exitCode !== 0) throw new Error(`up ended with ${exitCode}; its own message stands above`);
  const { cluster, urls } = JSON.parse(stdout) as UpResult;
  project.provide('kubeconfigPath', cluster.kubeconfig);
  project.provide('urls', urls);
}
