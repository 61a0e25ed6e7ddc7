/** Puts the parts together and runs them until the program ends. */
import { tmpdir } from 'node:os';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { addUser } from './add-user.ts';
import { createAlarm } from './alarm.ts';
import { createAnnouncer } from './announcer.ts';
import type { Config } from './config.ts';
import { createCredentialRefresh } from './credential-refresh.ts';
import { createGitHome } from './git-home.ts';
import { gitOptions, homeSettings } from './git-options.ts';
import { createGit } from './git.ts';
import { createHooks } from './hooks.ts';
import { createMetrics } from './metrics.ts';
import { serveOps, servePushes } from './ops.ts';
import { prepareLayout } from './prepare-layout.ts';
import { createPublishGate } from './publish-gate.ts';
import { createPushReceiver } from './push-receiver.ts';
import { createReadiness } from './readiness.ts';
import { isFullHash } from './ref-name.ts';
import { withRootLock } from './root-lock.ts';
import { runSyncLoop } from './sync-loop.ts';
import { createSyncer } from './syncer.ts';

export interface RunOptions {
  readonly config: Config;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly shutdown: AbortSignal;
  /** Calls back each time that the signal of --sync-on-signal arrives. */
  readonly onSignal: (signal: NodeJS.Signals, listener: () => void) => void;
  readonly ids: { readonly pid: number; readonly uid: number; readonly gid: number };
}

/** Resolves when it has been told to end, or after the one sync of --one-time. Rejects with an AppError. */
export async function run({ config, version, environment, log, shutdown, onSignal, ids }: RunOptions): Promise<void> {
  const clockMs = () => performance.now();
  const now = () => new Date();
  const alarm = createAlarm();
  const metrics = createMetrics(clockMs);
  // A fixed commit is not asked for again, so it does not age.
  const readiness = createReadiness({ maxAgeMs: isFullHash(config.ref) ? 0 : config.readyMaxAgeMs, clockMs });
  if (config.syncOnSignal !== undefined) onSignal(config.syncOnSignal, alarm.ring);
  if (config.isUserAdded) await addUser('/etc/passwd', { ...ids, home: environment['HOME'] ?? '/tmp' });

  const layout = await prepareLayout(config.root, config.link);
  await using home = await createGitHome(tmpdir(), homeSettings(config));
  const git = createGit({ ...gitOptions(config), home: home.path, environment, log });
  const gitVersion = (await git(['version'], { gitDir: layout.root }, shutdown)).trim();
  const { repo, ref, periodMs } = config;
  const settings = { repo: repo.url, ref, root: layout.root, link: layout.link, period_ms: periodMs, ...ids };
  log.info({ version, git: gitVersion, ...settings }, 'started');

  await using servers = new AsyncDisposableStack();
  if (config.httpBind !== undefined) {
    const { port } = servers.use(await serveOps(config.httpBind, metrics, readiness));
    log.info({ port }, 'serving /livez, /readyz and /metrics');
  }
  if (config.pushBind !== undefined && config.pushSecretFile !== undefined) {
    const { pushSecretFile: secretFile } = config;
    const receiver = createPushReceiver({ secretFile, onPush: alarm.ring, log, metrics, clockMs });
    const { port } = servers.use(await servePushes(config.pushBind, receiver));
    log.info({ port }, 'taking pushes');
  }

  const end = new AbortController();
  const hooksEnd = AbortSignal.any([shutdown, end.signal]);
  const hooks = createHooks({ config, layout, environment, log, metrics, shutdown: hooksEnd });
  const announcer = createAnnouncer({ config, root: layout.root, ownPid: ids.pid, hooks, now, log, metrics });
  const judge = createPublishGate({ config, layout, git, environment, log, metrics });
  const refreshCredentials = createCredentialRefresh({ config, home, metrics });
  const sync = createSyncer({
    config,
    layout,
    git,
    log,
    now,
    clockMs,
    onFetch: metrics.countFetch,
    onBeforePublish: async (candidate, signal) => {
      await judge(candidate, signal);
      await announcer.beforePublish();
    },
    time: async (step, work) => {
      const startMs = clockMs();
      return await work().finally(() => metrics.observeStep(step, (clockMs() - startMs) / 1_000));
    },
  });
  try {
    await runSyncLoop({
      config,
      sync: async (signal, onSynced) => {
        await refreshCredentials(signal);
        await withRootLock({ root: layout.root, environment, log }, signal, () => sync(signal, onSynced));
      },
      ...{ announcer, alarm, readiness, metrics, log, shutdown, clockMs, now },
      random: Math.random,
    });
  } finally {
    // A hook that is tried again and again must not outlive the loop, nor what it has started.
    end.abort();
    await announcer.settled();
  }
}
