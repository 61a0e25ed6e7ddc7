/** `npm run soak -- NAME`: runs a campaign in full and prints what it found. */
import { randomInt } from 'node:crypto';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { runCommand, type CommandContext, type CommandResult } from '../../scripts/cli/command.ts';
import { EXIT } from '../../scripts/cli/exit-codes.ts';
import { CAMPAIGNS } from './campaigns.ts';
import { keepResult } from './results.ts';

async function soak({ argument, settings, host, progress }: CommandContext): Promise<CommandResult> {
  const campaign = CAMPAIGNS.find(({ name }) => name === argument);
  if (campaign === undefined) throw new AppError('USAGE', `there is no campaign "${argument}"`, 'See --help.');
  const count = toCount('count', settings['count']) ?? campaign.count;
  const seed = toCount('seed', settings['seed']) ?? randomInt(2 ** 31);
  const outcome = await progress.step('campaign', `${count} ${campaign.unit}, seed ${seed}`, (note) =>
    campaign.run({ count, seed, signal: host.signal, note }),
  );
  const data = { name: campaign.name, count, seed, ...outcome };
  if (count >= campaign.count) await keepResult(data);
  const rows = Object.entries(data).map(([key, value]) => `  ${key.padEnd(24)}${toText(value)}`);
  return { data, text: `${rows.join('\n')}\n`, exitCode: outcome.failures === 0 ? EXIT.ok : EXIT.unexpected };
}

function toCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new AppError('USAGE', `--${name} "${text}" is no whole number from 1 on`, `For example --${name} 1000.`);
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

await runCommand({
  name: 'soak',
  summary: 'Does one thing very often, counts what went wrong, and fails if anything did.',
  argument: {
    placeholder: 'NAME',
    summary: 'the campaign',
    choices: CAMPAIGNS.map(({ name }) => name),
    isRequired: true,
  },
  settings: {
    count: { placeholder: 'N', summary: 'how often, instead of the full count' },
    seed: { placeholder: 'S', summary: 'where the random numbers begin; printed with the result' },
  },
  examples: CAMPAIGNS.map(({ name, summary }) => `npm run soak -- ${name}\n    ${summary}`),
  run: soak,
});
