/** `npm run status`: what runs, and what is wrong with what does not. */
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { connect, CONTEXT_SETTING } from '../cli/connect.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { ONLY_SETTING } from '../cli/only.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { loadManifests } from '../deploy/load-manifests.ts';
import { selectPatterns } from '../deploy/patterns.ts';
import { renderStatus } from '../deploy/render-status.ts';
import { collectStatus, patternOf } from '../deploy/status.ts';

async function status(context: CommandContext): Promise<CommandResult> {
  const { host, root, settings, hasColour, columns } = context;
  const { namespace } = KIT_SCOPE;
  const { folders, isPartial } = selectPatterns(root, settings['only']);
  const only = isPartial ? new Set((await loadManifests(folders)).map(({ object }) => patternOf(object))) : undefined;
  await using client = await createKubeClient(await connect(context), { signal: host.signal });
  const data = await collectStatus(client, { namespace, only, nowMs: Date.now(), signal: host.signal });
  const isReady = data.patterns.length > 0 && data.patterns.every((pattern) => pattern.isReady);
  return {
    data,
    text: renderStatus(data, { color: hasColour, width: columns }),
    exitCode: isReady ? EXIT.ok : EXIT.workload,
  };
}

export const command: CommandBody = {
  settings: { ...ONLY_SETTING, ...CONTEXT_SETTING },
  examples: ['npm run status', 'npm run status -- --only sidecar', 'npm run -s status -- --json | jq .patterns'],
  run: status,
};
