/** `npm run logs [-- PATTERN]`: what all containers of a pattern have written, in the order of time. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { connect, CONTEXT_SETTING } from '../cli/connect.ts';
import { escapeControls } from '../cli/escape-controls.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import type { Pod } from '../deploy/kube-types.ts';
import { readBacklog } from '../logs/backlog.ts';
import { loggedContainers, requirePods } from '../logs/choose-pods.ts';
import { followLogs } from '../logs/follow-logs.ts';
import type { LogLine, LogSource } from '../logs/log-line.ts';
import { createRenderer } from '../logs/render-line.ts';

const DEFAULT_TAIL_LINES = 20;
const { namespace } = KIT_SCOPE;

async function logs(context: CommandContext): Promise<CommandResult> {
  const { host, argument: name, settings, options } = context;
  const { signal } = host;
  const tailLines = parseTail(settings['tail'], settings['since']);
  const sinceSeconds = parseSince(settings['since']);
  await using client = await createKubeClient(await connect(context), { signal });
  const { items } = await client.list({ apiVersion: 'v1', kind: 'Pod', namespace }, signal);
  const pods = requirePods(items as unknown as Pod[], name, namespace);
  const containers = pods.flatMap(loggedContainers);
  const render = createFormat(
    context,
    containers.map(({ source }) => source),
  );
  const backlog = await readBacklog(client, containers, {
    namespace,
    tailLines,
    sinceSeconds,
    signal,
  });
  await context.print(backlog.lines.map(render).join(''));
  if (options['follow'] === true) {
    await followLogs(client, {
      namespace,
      name,
      cursors: backlog.cursors,
      emit: (line) => context.print(render(line)),
      onTrouble: (reason) => process.stderr.write(`… ${escapeControls(reason)}\n`),
      signal,
    });
  }
  return { data: {}, text: '' };
}

/** `--json` and `--raw` are for programs; what this command says itself is not in them. */
function createFormat({ options, hasColour, isTerminal }: CommandContext, sources: readonly LogSource[]) {
  if (options['json'] === true) {
    return ({ source, time, text, isNotice }: LogLine) =>
      isNotice === true ? '' : `${JSON.stringify({ time, ...source, text })}\n`;
  }
  if (options['raw'] === true) {
    // A terminal would obey what is in them.
    return ({ text, isNotice }: LogLine) => (isNotice === true ? '' : `${isTerminal ? escapeControls(text) : text}\n`);
  }
  return createRenderer({ hasColour, sources });
}

function parseTail(text: string | undefined, since: string | undefined): number | undefined {
  if (text === undefined) return since === undefined ? DEFAULT_TAIL_LINES : undefined;
  if (text === 'all') return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new AppError('USAGE', `--tail is "${text}"`, 'Give a number of lines, such as 100, or all.');
}

function parseSince(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number = '', unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const seconds = Number(number) * ({ s: 1, m: 60, h: 3_600 }[unit] ?? 0);
  if (seconds > 0) return seconds;
  throw new AppError('USAGE', `--since is "${text}"`, 'Give a time such as 30s, 10m or 2h.');
}

export const command: CommandBody = {
  argument: {
    placeholder: 'PATTERN',
    summary: 'such as combined, or the beginning of a Pod’s name; without it, all Pods',
  },
  settings: {
    ...CONTEXT_SETTING,
    tail: { placeholder: 'N', summary: `the last N lines of each container, or all (default ${DEFAULT_TAIL_LINES})` },
    since: { placeholder: 'TIME', summary: 'only lines of the last TIME, such as 30s, 10m or 2h; all of them' },
  },
  switches: {
    follow: 'go on with each new line until Ctrl-C, through restarts and new Pods; without it, end',
    raw: 'the lines as the containers wrote them; otherwise a JSON object is shown as words',
    json: 'one JSON object a line: time, pattern, pod, container, text',
  },
  hasJson: false,
  isEndless: true,
  examples: [
    'npm run logs -- combined --follow',
    'npm run logs -- --since 5m',
    'npm run -s logs -- adapter --raw | jq .level',
  ],
  run: logs,
};
