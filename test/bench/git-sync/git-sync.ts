/** git-sync beside the git commands that do the same by hand, in one run. */
import { ensureBases, buildAppImages } from '../../../scripts/images/app-images.ts';
import type { Engine } from '../../../scripts/engine/engine.ts';
import { LAB_APPS_FOLDER, runInLab } from '../../lab/lab.ts';
import { imageNodeFlags } from '../../support/image-node-flags.ts';
import type { Benchmark, BenchmarkReport } from '../benchmark.ts';

const TIMEOUT_MS = 30 * 60_000;

export const gitSyncBenchmark: Benchmark = {
  name: 'git-sync',
  summary: 'push to published, idle polls, repositories of 10,000 and 100,000 files, beside git fetch && git checkout',
  async run({ engine, root, note }) {
    const output = await runInLab(engine, {
      root,
      script: 'test/bench/git-sync/in-lab-main.ts',
      args: [`${LAB_APPS_FOLDER}/git-sync/main.cjs`, ...(await imageNodeFlags(root, 'git-sync'))],
      apps: ['git-sync'],
      timeoutMs: TIMEOUT_MS,
      note,
    });
    const { environment, results } = JSON.parse(output) as BenchmarkReport;
    const { images } = await buildAppImages(engine, { root, note });
    const reference = images.find(({ name }) => name === 'git-sync')?.reference ?? '';
    const base = await imageMib(engine, (await ensureBases(engine, { root, note })).node);
    const ours = await imageMib(engine, reference);
    const row = (subject: string, value: number) => ({
      ...{ case: 'image', subject, value: Math.round(value), unit: 'MiB' },
      ratio: Math.round((value / base) * 100) / 100,
    });
    return { environment, results: [...results, row('Debian and Node.js alone', base), row('git-sync', ours)] };
  },
};

async function imageMib({ host }: Engine, reference: string): Promise<number> {
  return Number(await host.run('docker', ['image', 'inspect', '--format', '{{.Size}}', reference])) / 2 ** 20;
}
