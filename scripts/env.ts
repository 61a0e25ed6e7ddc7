/** `npm run -s env`: the lines that make a shell talk to the kit's cluster: `eval "$(npm run -s env)"`. */
import { runCommand, type CommandContext, type CommandResult } from './cli/command.ts';
import { runningCluster } from './cli/connection.ts';
import { ensureKubectl } from './cluster/kubectl.ts';

async function env({ host, root }: CommandContext): Promise<CommandResult> {
  const cluster = await runningCluster(host, root);
  const folders = await ensureKubectl(cluster);
  const variables = { KUBECONFIG: cluster.kubeconfigPath };
  const lines = [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`),
    ...folders.map((folder) => `export PATH="$PATH":${quote(folder)}`),
  ];
  return { data: { variables, path: folders }, text: `${lines.join('\n')}\n` };
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

await runCommand({
  name: 'env',
  summary: 'Prints what a shell needs to use kubectl on the cluster: its kubeconfig, and a kubectl if there is none.',
  examples: ['eval "$(npm run -s env)"; kubectl get pods'],
  run: env,
});
