/** `npm run report [-- POD]`: one HTML file for a bug report, or for the homework. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { connect, CONTEXT_SETTING } from '../cli/connect.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { examine } from '../doctor/doctor.ts';
import { renderReport } from '../report/render-report.ts';
import { clusterVersions, collectCluster, type Report } from '../report/report.ts';
import { readRuns } from '../report/up-runs.ts';
import { readStyle } from '../xray/page-files.ts';
import { takeSnapshot } from '../xray/take-snapshot.ts';

const DEFAULT_POD = 'combined';
const DEFAULT_FILE = 'pod-patterns-report.html';

async function report(context: CommandContext): Promise<CommandResult> {
  const { host, root, progress, settings } = context;
  const file = resolve(settings['output'] ?? DEFAULT_FILE);
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const own = {
    'pod-patterns': version,
    'Node.js': process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  };
  const findings = await progress.step('doctor', 'Machine', () => examine(host, root));
  const rest = await progress.step('cluster', 'Cluster', () => lookAtCluster(context));
  const result: Report = {
    version: 1,
    takenAt: new Date().toISOString(),
    runs: await readRuns(host.cache),
    ...{ findings, cluster: rest.cluster, snapshot: rest.snapshot, absent: rest.absent },
    versions: { ...own, ...rest.versions },
  };
  await writeFile(file, renderReport(result, await readStyle())).catch((error: unknown) => {
    throw new AppError('USAGE', `cannot write ${file}: ${describeError(error)}`, 'Give another with --output FILE.', {
      cause: error,
    });
  });
  return { data: { file, ...result }, text: `The report is in ${file}\nRead it before you give it to others.\n` };
}

/** A cluster that is not there, or not well, is what a report may be about. */
async function lookAtCluster(
  context: CommandContext,
): Promise<Pick<Report, 'cluster' | 'snapshot' | 'absent'> & { readonly versions: Record<string, string> }> {
  const { host, argument: name = DEFAULT_POD } = context;
  const { signal } = host;
  const { namespace } = KIT_SCOPE;
  try {
    const kubeConfig = await connect(context);
    await using client = await createKubeClient(kubeConfig, { signal });
    const cluster = await collectCluster(client, { namespace, signal });
    const versions = await clusterVersions(client, signal);
    const onTrouble = () => {};
    const target = { client, kubeConfig, namespace, name, now: Date.now, onTrouble, signal };
    const seen = await takeSnapshot(target).catch((error: unknown) => ({ absent: describeError(error) }));
    return { cluster, versions, ...('absent' in seen ? seen : { snapshot: seen }) };
  } catch (error) {
    signal.throwIfAborted();
    return { versions: {}, absent: describeError(error) };
  }
}

export const command: CommandBody = {
  argument: { placeholder: 'POD', summary: `the Pod to look into, as npm run xray takes it (default ${DEFAULT_POD})` },
  settings: {
    ...CONTEXT_SETTING,
    output: { placeholder: 'FILE', summary: `where to write it (default ${DEFAULT_FILE})` },
  },
  examples: ['npm run report', 'npm run report -- sidecar --output /tmp/report.html'],
  run: report,
};
