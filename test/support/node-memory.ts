/** How much memory the cluster's node takes, with everything that runs in it, while something goes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../scripts/cluster/cluster.ts';

const INTERVAL_MS = 5_000;
/** As docker stats(1) writes it. */
const MIB_PER_UNIT: Readonly<Record<string, number>> = { KiB: 2 ** -10, MiB: 1, GiB: 2 ** 10 };

/** Looks every few seconds until it is disposed. */
export interface NodeMemory extends AsyncDisposable {
  /** The most that was seen. Pages of files that could be given back at any time are not counted. */
  readonly peakMib: number;
}

export function watchNodeMemory({ engine, node }: Pick<Cluster, 'engine' | 'node'>): NodeMemory {
  const end = new AbortController();
  let peakMib = 0;
  const watching = (async () => {
    while (!end.signal.aborted) {
      const text = await engine.host.run('docker', ['stats', '--no-stream', '--format', '{{.MemUsage}}', node]);
      peakMib = Math.max(peakMib, toMib(text));
      await sleep(INTERVAL_MS, undefined, { signal: end.signal }).catch(() => undefined);
    }
  })();
  return {
    get peakMib() {
      return peakMib;
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await watching;
    },
  };
}

/** Of «890.2MiB / 23.54GiB» the first. */
function toMib(usage: string): number {
  const [, number, unit = ''] = /^([\d.]+)([KMG]iB) /.exec(usage) ?? [];
  return Number(number) * (MIB_PER_UNIT[unit] ?? Number.NaN);
}
