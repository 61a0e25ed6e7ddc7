/** What is pushed to the Git server is published at once: its hook calls git-sync, which waits for no poll. */
import { AppsV1Api } from '@kubernetes/client-node';
import { expect, inject, test } from 'vitest';
import { loadKubeConfig } from '../../scripts/deploy/kube-config.ts';
import { connectToKit, NAMESPACE } from '../support/kit.ts';
import { cloneSite } from '../support/site-clone.ts';

const { core, urls } = await connectToKit();
const apps = (await loadKubeConfig(inject('kubeconfigPath'))).makeApiClient(AppsV1Api);
const PUSHES = 5;

/** A Pod beside that of the Deployment, behind the same Services, with a git-sync that polls once an hour. */
async function startPatientPod() {
  const { spec } = await apps.readNamespacedDeployment({ name: 'sidecar', namespace: NAMESPACE });
  const name = `push-${crypto.randomUUID()}`;
  const podSpec = structuredClone(spec?.template.spec);
  const args = podSpec?.initContainers?.[0]?.args;
  if (podSpec === undefined || args === undefined) throw new Error('the Pod of sidecar has no git-sync with arguments');
  expect(args).toContain('--period=2s');
  args[args.indexOf('--period=2s')] = '--period=1h';
  const body = { metadata: { name, labels: spec?.template.metadata?.labels ?? {} }, spec: podSpec };
  await core.createNamespacedPod({ namespace: NAMESPACE, body });
  return {
    isReady: async () => {
      const { status } = await core.readNamespacedPod({ name, namespace: NAMESPACE });
      return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
    },
    /** When it published each commit, in milliseconds. */
    readPublished: async (): Promise<ReadonlyMap<unknown, number>> => {
      const log = await core.readNamespacedPodLog({ name, namespace: NAMESPACE, container: 'git-sync' });
      const lines = log.split('\n').filter(Boolean);
      const events = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      const published = events.filter(({ msg }) => msg === 'published');
      return new Map(published.map(({ hash, time }) => [hash, Date.parse(String(time))]));
    },
    async [Symbol.asyncDispose]() {
      await core.deleteNamespacedPod({ name, namespace: NAMESPACE, gracePeriodSeconds: 0 });
    },
  };
}

test('a push is published by the webhook, an hour before the poll', async () => {
  await using pod = await startPatientPod();
  await expect.poll(() => pod.isReady(), { timeout: 120_000, interval: 500 }).toBe(true);
  await using clone = await cloneSite(`${urls['git-server']}/site.git`);
  const before = await clone.git('rev-parse', 'HEAD');
  try {
    const tookMs: string[] = [];
    for (let push = 1; push <= PUSHES; push += 1) {
      await clone.git('commit', '--quiet', '--allow-empty', '--message', `push ${push}`);
      const hash = await clone.git('rev-parse', 'HEAD');
      const startMs = Date.now();
      await clone.git('push', '--quiet', 'origin', 'HEAD:main');
      const pushedMs = Date.now() - startMs;
      await expect.poll(async () => [...(await pod.readPublished()).keys()]).toContain(hash);
      const publishedMs = ((await pod.readPublished()).get(hash) ?? Number.NaN) - startMs;
      tookMs.push(`${publishedMs} ms (git push itself ${pushedMs} ms)`);
    }
    // No bound: how long it takes says how busy the machine is. An hour is what it would take without the webhook.
    process.stdout.write(`from the beginning of a push until it was published: ${tookMs.join(', ')}\n`);
  } finally {
    await clone.git('push', '--quiet', '--force', 'origin', `${before}:main`);
  }
});
