/** log-adapter beside the log shippers of Debian: the same logs, in one run, each on one core. */
import { LAB_APPS_FOLDER, runInLab } from '../../lab/lab.ts';
import { imageNodeFlags } from '../../support/image-node-flags.ts';
import type { Benchmark, BenchmarkReport } from '../benchmark.ts';

const TIMEOUT_MS = 30 * 60_000;

export const logAdapterBenchmark: Benchmark = {
  name: 'log-adapter',
  summary: 'lines a second and memory on one core, beside rsyslog, syslog-ng, mtail and a loop that only reads lines',
  async run({ engine, root, note }) {
    const output = await runInLab(engine, {
      root,
      script: 'test/bench/log-adapter/in-lab-main.ts',
      args: [`${LAB_APPS_FOLDER}/log-adapter/main.cjs`, ...(await imageNodeFlags(root, 'log-adapter'))],
      apps: ['log-adapter'],
      timeoutMs: TIMEOUT_MS,
      note,
    });
    return JSON.parse(output) as BenchmarkReport;
  },
};
