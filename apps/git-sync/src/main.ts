#!/usr/bin/env node
/** git-sync: settings, ops server, then the loop; the only file that touches the process itself. */
import { tmpdir } from 'node:os';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import { createLogger, type Logger } from '@pod-patterns/runtime/logger.ts';
import { startOpsServer, type OpsServer } from '@pod-patterns/runtime/ops-server.ts';
import { exitOnSignals } from '@pod-patterns/runtime/shutdown.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createAlarm } from './alarm.ts';
import { createAnnouncer } from './announcer.ts';
import { createConfig, type Config } from './config.ts';
import { createGitHome } from './git-home.ts';
import { createGit } from './git.ts';
import { renderHelp } from './help.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { parseFlags } from './parse-flags.ts';
import { prepareLayout } from './prepare-layout.ts';
import { createReadiness, type Readiness } from './readiness.ts';
import { isFullHash } from './ref-name.ts';
import { runSyncLoop } from './sync-loop.ts';
import { createSyncer } from './syncer.ts';

/** Less than two seconds in all, so that the Pod's grace period is left to the main container. */
const SHUTDOWN_TIMEOUT_MS = 1_800;

async function run(config: Config, log: Logger, shutdown: AbortSignal): Promise<void> {
  const clockMs = () => performance.now();
  const now = () => new Date();
  const alarm = createAlarm();
  const metrics = createMetrics();
  // A fixed commit is not asked for again, so it does not age.
  const readiness = createReadiness({ maxAgeMs: isFullHash(config.ref) ? 0 : config.readyMaxAgeMs, clockMs });
  if (config.syncOnSignal !== undefined) process.on(config.syncOnSignal, alarm.ring);

  const layout = await prepareLayout(config.root, config.link);
  await using home = await createGitHome(tmpdir(), config.repo);
  const git = createGit({ home: home.path, protocol: config.repo.protocol, environment: process.env, log });
  const gitVersion = (await git(['version'], { gitDir: layout.root }, shutdown)).trim();
  const { repo, ref, periodMs } = config;
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
  const settings = { repo: repo.url, ref, root: layout.root, link: layout.link, period_ms: periodMs, uid, gid };
  log.info({ version: packageJson.version, git: gitVersion, ...settings }, 'started');

  await using server = await serveOps(config, metrics, readiness);
  if (server !== undefined) log.info({ port: server.port }, 'serving /livez, /readyz and /metrics');

  const announcer = createAnnouncer({ config, root: layout.root, ownPid: process.pid, now, log, metrics });
  const sync = createSyncer({
    config,
    layout,
    git,
    log,
    now,
    onFetch: metrics.countFetch,
    onBeforePublish: announcer.beforePublish,
  });
  const random = Math.random;
  await runSyncLoop({ config, sync, announcer, alarm, readiness, metrics, log, shutdown, clockMs, now, random });
}

async function serveOps({ httpBind }: Config, metrics: Metrics, readiness: Readiness): Promise<OpsServer | undefined> {
  if (httpBind === undefined) return undefined;
  const isReady = () => Object.values(readiness.checks()).every((state) => state === 'ok');
  try {
    return await startOpsServer({
      port: httpBind.port,
      ...(httpBind.host === undefined ? {} : { host: httpBind.host }),
      registry: metrics.registry,
      readiness: readiness.checks,
      // kubernetes/git-sync answers its probes here.
      routes: { '/': (_request, response) => response.writeHead(isReady() ? 200 : 503).end() },
    });
  } catch (error) {
    throw new AppError(
      'BIND_FAILED',
      `cannot serve on --http-bind: ${describeError(error)}`,
      'Name an address of this host and a port that is free.',
      { cause: error },
    );
  }
}

async function main(): Promise<void> {
  let log = createLogger({ service: 'git-sync' });
  try {
    const flags = parseFlags(process.argv.slice(2), process.env);
    if (flags.help || flags.version) {
      process.stdout.write(flags.help ? renderHelp() : `${packageJson.version}\n`);
      return;
    }
    const config = createConfig(flags);
    log = createLogger({ service: 'git-sync', level: config.logLevel });
    // Readers run as other users than ours, perhaps.
    process.umask(0o022);
    const shutdown = new AbortController();
    const ended = run(config, log, shutdown.signal);
    exitOnSignals({
      log,
      timeoutMs: SHUTDOWN_TIMEOUT_MS,
      close: async () => {
        shutdown.abort();
        await ended.catch((error: unknown) => log.debug({ err: error }, 'ended while shutting down'));
      },
    });
    await ended;
  } catch (error) {
    const known = error instanceof AppError ? { code: error.code, remedy: error.remedy } : { err: error };
    log.fatal(known, error instanceof AppError ? error.message : describeError(error));
    // The codes of kubernetes/git-sync: its flag parser ends with 2, everything else with 1.
    process.exitCode = error instanceof AppError && error.code === 'FLAG_INVALID' ? 2 : 1;
  }
}

await main();
