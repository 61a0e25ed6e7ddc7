/** The ambassador beside HAProxy, nginx and the proxy libraries of Node: the same requests, in one run, each on one core. */
import { LAB_APPS_FOLDER, runInLab } from '../../lab/lab.ts';
import { imageNodeFlags } from '../../support/image-node-flags.ts';
import type { Benchmark, BenchmarkReport } from '../benchmark.ts';
import { writeBlock } from '../readme-block.ts';
import { renderComparison } from './render-comparison.ts';

const TIMEOUT_MS = 15 * 60_000;

export const ambassadorBenchmark: Benchmark = {
  name: 'ambassador',
  summary: 'requests a second, latency and memory on one core, beside HAProxy, nginx, httpxy and http-proxy',
  async run({ engine, root, note }) {
    const output = await runInLab(engine, {
      root,
      script: 'test/bench/ambassador/in-lab-main.ts',
      args: [`${LAB_APPS_FOLDER}/ambassador/main.cjs`, ...(await imageNodeFlags(root, 'ambassador'))],
      apps: ['ambassador'],
      timeoutMs: TIMEOUT_MS,
      note,
    });
    return JSON.parse(output) as BenchmarkReport;
  },
  publish: (report) => writeBlock('bench', renderComparison(report)),
};
