/** `npm run xray [-- POD]`: what is inside a Pod, live, on a page or in the terminal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { connect, CONTEXT_SETTING } from '../cli/connect.ts';
import { escapeControls } from '../cli/escape-controls.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import type { Pod } from '../deploy/kube-types.ts';
import { requirePods } from '../logs/choose-pods.ts';
import { openBrowser } from '../xray/open-browser.ts';
import type { ObserverOptions } from '../xray/observer.ts';
import { renderText } from '../xray/render-text.ts';
import { startServer } from '../xray/server.ts';
import { takeSnapshot } from '../xray/take-snapshot.ts';

const DEFAULT_POD = 'combined';
const { namespace } = KIT_SCOPE;

async function xray(context: CommandContext): Promise<CommandResult> {
  const { host, argument: name = DEFAULT_POD, options, settings, hasColour, columns, isTerminal } = context;
  const { signal } = host;
  const kubeConfig = await connect(context);
  await using client = await createKubeClient(kubeConfig, {});
  const { items } = await client.list({ apiVersion: 'v1', kind: 'Pod', namespace }, signal);
  requirePods(items as unknown as Pod[], name, namespace);
  const onTrouble = (reason: string) => process.stderr.write(`… ${escapeControls(reason)}\n`);
  const target: Omit<ObserverOptions, 'onChange' | 'signal'> = {
    ...{ client, kubeConfig, namespace, name, onTrouble },
    now: Date.now,
  };
  if (options['text'] === true || options['json'] === true) {
    const snapshot = await takeSnapshot({ ...target, signal });
    return { data: snapshot, text: `${renderText(snapshot, { hasColour, columns })}\n` };
  }
  await using server = await startServer({ ...target, port: parsePort(settings['port']), signal });
  await context.print(`X-ray of ${name}: ${server.url}\nCtrl-C ends it.\n`);
  if (isTerminal && options['no-open'] !== true) await openBrowser(host, server.url);
  await Promise.race([server.failed, sleep(2 ** 31 - 1, undefined, { signal }).catch(() => {})]);
  return { data: {}, text: '' };
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new AppError('USAGE', `--port is "${text}"`, 'Give a port from 1 to 65535; without it, a free one is taken.');
}

export const command: CommandBody = {
  argument: { placeholder: 'POD', summary: `a pattern, or the beginning of a Pod’s name (default ${DEFAULT_POD})` },
  settings: {
    ...CONTEXT_SETTING,
    port: { placeholder: 'N', summary: 'port on 127.0.0.1 (default: one that is free)' },
  },
  switches: {
    text: 'print what there is now on the terminal, and end',
    'no-open': 'only print the address; do not open a browser',
  },
  isEndless: true,
  examples: ['npm run xray', 'npm run xray -- sidecar', 'npm run xray -- ambassador --text'],
  run: xray,
};
