/** `npm run explain [-- NAME]`: why something is not ready, where the cause is, and what to do. */
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { runningCluster } from '../cli/connection.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { explainNamespace } from '../deploy/explain-namespace.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { loadKubeConfig } from '../deploy/kube-config.ts';
import { renderProblem, wrap } from '../deploy/render-status.ts';

async function explain({ host, root, argument, settings, hasColour, columns }: CommandContext): Promise<CommandResult> {
  const cluster = await runningCluster(host, root);
  await using client = await createKubeClient(await loadKubeConfig(cluster.kubeconfigPath), { signal: host.signal });
  const { namespace = KIT_SCOPE.namespace } = settings;
  const explanation = await explainNamespace(client, { namespace, name: argument, signal: host.signal });
  const { objects, problems, notes } = explanation;
  const paragraphs = [
    ...problems.map((problem) => renderProblem(problem, { color: hasColour, width: columns })),
    ...notes.map((note) => wrap(`Note: ${note}`, columns).join('\n')),
    ...(problems.length === 0 ? [`${objects.length} objects were looked at; all are as they should be.`] : []),
  ];
  return {
    data: explanation,
    text: `${paragraphs.join('\n\n')}\n`,
    exitCode: problems.length === 0 ? EXIT.ok : EXIT.workload,
  };
}

export const command: CommandBody = {
  argument: { placeholder: 'NAME', summary: 'a Pod, KIND/NAME, or the beginning of a name; without it, everything' },
  settings: { namespace: { placeholder: 'NAMESPACE', summary: 'look there, and not at the kit' } },
  examples: [
    'npm run explain',
    'npm run explain -- ambassador',
    'npm run explain -- --namespace break-1',
    'npm run -s explain -- deployment/sidecar --json',
  ],
  run: explain,
};
