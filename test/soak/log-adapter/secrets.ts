/** Secrets in twelve places of a log: none of them may come out, nor half of one, and the rest of the event has to. */
import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { createRandom } from '../random.ts';
import { PLACEMENTS } from './placements.ts';
import { createSubject } from './subject.ts';

/** A piece of a secret that is so long is no chance. */
const PIECE_LENGTH = 8;
/** Events that are written at once; one in so many is written in two pieces. */
const EVENTS_PER_WRITE = 50;
const PAUSE_MS = 15;

export const logAdapterSecrets: Campaign = {
  name: 'log-adapter-secrets',
  summary: 'puts secrets in twelve places of a log: none comes out of log-adapter, and every event does',
  unit: 'secrets',
  count: 12_000,
  testCount: 600,
  run: secretsCampaign,
};

interface Written {
  readonly placement: string;
  readonly core: string;
  hasCome: boolean;
}

async function secretsCampaign({ count, seed, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  await using subject = await createSubject({
    multiline: { start: String.raw`^\S`, timeoutMs: 200 },
    parsers: [{ type: 'json' }, { type: 'logfmt' }],
  });
  const random = createRandom(seed);
  const written = new Map<string, Written>();
  const leaks: Record<string, number> = Object.fromEntries(PLACEMENTS.map(({ name }) => [name, 0]));
  const firstLeaks: string[] = [];
  let eventsWithoutReference = 0;

  const run = subject.start({
    onEvent(_event, text) {
      const entry = written.get(/ref[-_]\d+/.exec(text)?.[0].replace('_', '-') ?? '');
      // The rest of a line that was too long, or a reference that was taken for a secret.
      if (entry === undefined) eventsWithoutReference += 1;
      else entry.hasCome = true;
      for (const { core, placement } of entry === undefined ? written.values() : [entry]) {
        if (!text.includes(core.slice(0, PIECE_LENGTH)) && !text.includes(core.slice(-PIECE_LENGTH))) continue;
        leaks[placement] = (leaks[placement] ?? 0) + 1;
        if (firstLeaks.length < 5) firstLeaks.push(`${placement}: ${text.slice(-300)}`);
      }
    },
  });
  await run.started(signal);

  let waiting = '';
  for (let index = 0; index < count; index += 1) {
    const placement = PLACEMENTS[index % PLACEMENTS.length];
    if (placement === undefined) break;
    const secret = placement.makeSecret(random);
    const ref = `ref-${index}`;
    written.set(ref, { placement: placement.name, core: secret.core, hasCome: false });
    const text = `${placement.place(secret, ref, random)}\n`;
    if (placement.name === 'splitAcrossReads') {
      // Somewhere in the secret: what is before is read while the rest is not there yet.
      const cut = text.indexOf(secret.text) + 1 + random(secret.text.length - 1);
      await appendFile(subject.logFile, waiting + text.slice(0, cut));
      await sleep(PAUSE_MS, undefined, { signal });
      waiting = text.slice(cut);
    } else {
      waiting += text;
    }
    if (index % EVENTS_PER_WRITE === 0) {
      await appendFile(subject.logFile, waiting);
      waiting = '';
      note(`${index} secrets`);
    }
  }
  await appendFile(subject.logFile, waiting);
  const all = [...written.values()];
  await run.drained(() => all.every(({ hasCome }) => hasCome), signal);
  const exitCode = await run.end('SIGTERM');
  const leakedOnStderr = all.filter(({ core }) => run.errorText.includes(core)).length;
  const missing = all.filter(({ hasCome }) => !hasCome);
  const leaked = Object.values(leaks).reduce((sum, value) => sum + value, 0);
  return {
    failures: leaked + leakedOnStderr + missing.length + run.invalidLines + (exitCode === 0 ? 0 : 1),
    placements: PLACEMENTS.length,
    events: run.events,
    leaked,
    leaksByPlacement: leaks,
    firstLeaks,
    leakedOnStderr,
    eventsMissing: missing.length,
    firstMissing: missing.slice(0, 5).map(({ placement }) => placement),
    eventsWithoutReference,
    invalidLines: run.invalidLines,
  };
}
