/** `npm run -s env`: the lines that make a shell's kubectl and docker talk to the kit's cluster: `eval "$(npm run -s env)"`. */
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { runningCluster } from '../cli/connection.ts';
import { ensureKubectl } from '../cluster/kubectl.ts';
import { loadOwnKubeConfig } from '../cluster/own-kube-config.ts';
import { engineClientFolder } from '../engine/install-engine.ts';
import { shellWord } from '../host/shell-word.ts';

async function env({ host, root }: CommandContext): Promise<CommandResult> {
  const cluster = await runningCluster(host, root);
  // A shell that uses it must not reach another cluster.
  await loadOwnKubeConfig(cluster);
  // Lessons look at the node with docker, and an engine that the kit has set up is on no PATH.
  const docker = await host.attempt('docker', ['--version']);
  const folders = [...(docker.isMissing ? [engineClientFolder(host)] : []), ...(await ensureKubectl(cluster))];
  const variables = {
    KUBECONFIG: cluster.kubeconfigPath,
    // Over a WebSocket, `kubectl exec` now and then prints "Unknown stream id 1, discarding message"; over SPDY it cannot.
    KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false',
  };
  const lines = [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${shellWord(value)}`),
    ...folders.map((folder) => `export PATH="$PATH":${shellWord(folder)}`),
  ];
  return { data: { variables, path: folders }, text: `${lines.join('\n')}\n` };
}

export const command: CommandBody = {
  examples: ['eval "$(npm run -s env)"; kubectl get pods'],
  run: env,
};
