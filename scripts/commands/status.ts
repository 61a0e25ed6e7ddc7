/** `npm run status`: what runs, and what is wrong with what does not. */
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { runningCluster } from '../cli/connection.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { loadKubeConfig } from '../deploy/kube-config.ts';
import { renderStatus } from '../deploy/render-status.ts';
import { collectStatus } from '../deploy/status.ts';

async function status({ host, root, hasColour, columns }: CommandContext): Promise<CommandResult> {
  const cluster = await runningCluster(host, root);
  await using client = await createKubeClient(await loadKubeConfig(cluster.kubeconfigPath), { signal: host.signal });
  const data = await collectStatus(client, { namespace: KIT_SCOPE.namespace, nowMs: Date.now(), signal: host.signal });
  const isReady = data.patterns.length > 0 && data.patterns.every((pattern) => pattern.isReady);
  return {
    data,
    text: renderStatus(data, { color: hasColour, width: columns }),
    exitCode: isReady ? EXIT.ok : EXIT.workload,
  };
}

export const command: CommandBody = {
  examples: ['npm run status', 'npm run -s status -- --json | jq .patterns'],
  run: status,
};
