/** `npm run conformance`: plays the table against our ambassador and its peers, and prints the score board. */
import { writeFile } from 'node:fs/promises';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { runCommand, type CommandContext, type CommandResult } from '../../scripts/cli/command.ts';
import { EXIT } from '../../scripts/cli/exit-codes.ts';
import { ensureEngine } from '../../scripts/engine/engine.ts';
import { writeBlock } from '../bench/readme-block.ts';
import { renderBoard, renderMarkdown } from './board.ts';
import { failedMusts, worseThan } from './results.ts';
import { playInLab } from './run.ts';

const SUBJECTS = ['ambassador', 'haproxy', 'nginx', 'http-proxy'];
const RESULTS = new URL('results.json', import.meta.url);

async function conformance({ settings, host, root, progress }: CommandContext): Promise<CommandResult> {
  const { subject } = settings;
  if (subject !== undefined && !SUBJECTS.includes(subject)) {
    throw new AppError('USAGE', `there is no subject "${subject}"`, `One of: ${SUBJECTS.join(', ')}.`);
  }
  const engine = await progress.step('engine', 'container engine', (note) => ensureEngine(host, note));
  const subjects = await progress.step('conformance', 'conformance table', (note) =>
    playInLab(engine, { root, subject, note }),
  );
  if (subject === undefined) {
    await writeFile(RESULTS, `${JSON.stringify({ command: 'npm run conformance', subjects }, undefined, 2)}\n`);
    await writeBlock('conformance', renderMarkdown(subjects));
  }
  const [ours, haproxy] = ['ambassador', 'haproxy'].map((name) => subjects.find((played) => played.name === name));
  const hasFailed =
    ours !== undefined && [...failedMusts(ours), ...(haproxy ? worseThan(ours, haproxy) : [])].length > 0;
  return { data: { subjects }, text: renderBoard(subjects), exitCode: hasFailed ? EXIT.unexpected : EXIT.ok };
}

await runCommand({
  name: 'conformance',
  summary: 'Plays every case of the conformance table against the ambassador, HAProxy, nginx and http-proxy.',
  settings: { subject: { placeholder: 'NAME', summary: `one of them alone: ${SUBJECTS.join(', ')}` } },
  examples: ['npm run conformance', 'npm run conformance -- --subject ambassador'],
  run: conformance,
});
