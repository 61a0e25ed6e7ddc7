/** `npm run explain [-- NAME]`: why something is not ready, where the cause is, and what to do. */
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { connect, CONTEXT_SETTING } from '../cli/connect.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { explainNamespace } from '../deploy/explain-namespace.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { renderProblem, wrap } from '../deploy/render-status.ts';

async function explain(context: CommandContext): Promise<CommandResult> {
  const { host, argument, settings, hasColour, columns } = context;
  await using client = await createKubeClient(await connect(context), { signal: host.signal });
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
  settings: { namespace: { placeholder: 'NAMESPACE', summary: 'look there, and not at the kit' }, ...CONTEXT_SETTING },
  examples: [
    'npm run explain',
    'npm run explain -- ambassador',
    'npm run explain -- --namespace break-1',
    'npm run -s explain -- deployment/sidecar --json',
  ],
  run: explain,
};
