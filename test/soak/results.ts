/** What the last full run of each campaign found: kept in test/soak/results, and shown by the page of the program. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { writeBlock } from '../bench/readme-block.ts';
import type { Campaign, CampaignOutcome } from './campaign.ts';
import { CAMPAIGNS } from './campaigns.ts';

const FOLDER = new URL('results/', import.meta.url);
const fileOf = (name: string) => new URL(`${name}.json`, FOLDER);

export interface CampaignResult extends CampaignOutcome {
  readonly name: string;
  readonly count: number;
  readonly seed: number;
}

/** Keeps it, and puts it into the table of its program's page if that has one. */
export async function keepResult(result: CampaignResult): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const command = `npm run soak -- ${result.name} --seed ${result.seed}`;
  await writeFile(fileOf(result.name), `${JSON.stringify({ command, ...result }, undefined, 2)}\n`);
  if (result.name.startsWith('ambassador-')) await writeBlock('campaigns', await renderResults('ambassador-'));
}

/** A row for each campaign of a program that was run in full. */
export async function renderResults(prefix: string): Promise<string> {
  const kept = await Promise.all(
    CAMPAIGNS.filter(({ name }) => name.startsWith(prefix)).map(async (campaign) => {
      const text = await readFile(fileOf(campaign.name), 'utf8').catch(() => undefined);
      return text === undefined ? [] : [renderRow(campaign, JSON.parse(text) as CampaignResult)];
    }),
  );
  const head = ['', 'How often', 'Seed', 'Failures', 'Figures'];
  return [head, head.map(() => '---'), ...kept.flat()].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

function renderRow({ name, unit }: Campaign, { count, seed, failures, ...rest }: CampaignResult): string[] {
  return [`\`${name}\``, `${count.toLocaleString('en')} ${unit}`, String(seed), String(failures), renderFigures(rest)];
}

const NO_FIGURES = new Set(['name', 'command', 'failureKinds', 'firstFailures']);

/** Numbers, with what they count in words, also those one level down. */
function renderFigures(figures: object, prefix = ''): string {
  return Object.entries(figures)
    .filter(([key]) => !NO_FIGURES.has(key))
    .map(([key, value]) => {
      const name = `${prefix}${key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`;
      if (typeof value === 'number') return `${name} ${value.toLocaleString('en')}`;
      return typeof value === 'object' && value !== null ? renderFigures(value, `${name}: `) : `${name} ${value}`;
    })
    .filter((text) => text !== '')
    .join('; ');
}
