/**
 * Whether an upstream should get requests at all: as regular checks find it (active), and as its requests go (passive).
 * Both start from the belief that it is well, so that a start never waits for a check.
 */
import { request, type ClientRequest } from 'node:http';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { describeAddress } from './address.ts';
import type { EjectionConfig, HealthCheckConfig, UpstreamConfig } from './config.ts';
import type { Metrics } from './metrics.ts';

/** Checks are spread by this part of their interval, or those of many Pods would come at the same moment. */
const JITTER = 0.1;

export interface UpstreamHealth {
  /**
   * Why a request must not be sent now; ask once for each request. When the time of an ejection is over, undefined is
   * the answer to one request only: what becomes of it decides. If nothing is said about it, because its client left,
   * the next one is tried after as long again.
   */
  readonly unavailable: 'UPSTREAM_UNHEALTHY' | 'UPSTREAM_EJECTED' | undefined;
  /** The same for people and metrics; asking changes nothing. */
  readonly state: 'ok' | 'unhealthy' | 'ejected';
  /** A request got an answer that is valid HTTP. */
  succeeded(): void;
  /** A request could not connect, took too long, or got an answer that is not valid. */
  failed(): void;
  /** Ends the checks; no further one begins, and one under way is broken off. */
  stop(): void;
}

export interface UpstreamHealthOptions {
  readonly name: string;
  readonly config: UpstreamConfig;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'healthChecks' | 'ejections'>;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** Begins to look after an upstream; undefined if its configuration asks for neither checks nor ejection. */
export function createUpstreamHealth(options: UpstreamHealthOptions): UpstreamHealth | undefined {
  const { healthCheck, ejection } = options.config;
  if (healthCheck === undefined && ejection === undefined) return undefined;
  const checks = healthCheck && startChecks(healthCheck, options);
  const requests = ejection && watchRequests(ejection, options);
  return {
    get unavailable() {
      if (checks?.isHealthy === false) return 'UPSTREAM_UNHEALTHY';
      return requests?.admits() === false ? 'UPSTREAM_EJECTED' : undefined;
    },
    get state() {
      if (checks?.isHealthy === false) return 'unhealthy';
      return requests?.isEjected === true ? 'ejected' : 'ok';
    },
    succeeded: () => requests?.succeeded(),
    failed: () => requests?.failed(),
    stop: () => checks?.stop(),
  };
}

function startChecks(check: HealthCheckConfig, { name, config, log, metrics, now }: UpstreamHealthOptions) {
  let isHealthy = true;
  /** Results in a row that contradict `isHealthy`. */
  let contradictions = 0;
  let isStopped = false;
  let current: ClientRequest | undefined;
  let timer: NodeJS.Timeout | undefined;

  const begin = () => {
    const startedAt = now();
    current = ask({ ...check, host: config.host, port: config.port }, (fault) => {
      if (isStopped) return;
      judge(fault);
      const intervalMs = check.intervalMs * (1 + JITTER * (2 * Math.random() - 1));
      timer = setTimeout(begin, Math.max(0, intervalMs - (now() - startedAt)));
    });
  };

  const judge = (fault: string | undefined) => {
    metrics.healthChecks.inc({ upstream: name, result: fault === undefined ? 'success' : 'failure' });
    contradictions = (fault === undefined) === isHealthy ? 0 : contradictions + 1;
    if (contradictions < (isHealthy ? check.fall : check.rise)) return;
    isHealthy = !isHealthy;
    contradictions = 0;
    if (isHealthy) log.info({ upstream: name }, `upstream "${name}" is healthy again`);
    else log.warn({ upstream: name, code: 'UPSTREAM_UNHEALTHY' }, `upstream "${name}" is unhealthy: ${fault}`);
  };

  begin();
  return {
    get isHealthy() {
      return isHealthy;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      current?.destroy();
    },
  };
}

interface Question extends HealthCheckConfig {
  readonly host: string;
  readonly port: number;
}

/** One check, over a connection of its own. `onDone` is told once, when that is closed, what was wrong, if anything. */
function ask(question: Question, onDone: (fault: string | undefined) => void): ClientRequest {
  const { host, port, path, timeoutMs } = question;
  let isWell = false;
  let fault: string | undefined;
  const headers = { Host: describeAddress({ host, port }), 'User-Agent': 'ambassador-health-check' };
  const outgoing = request({ host, port, path, headers, agent: false });
  // The head decides; a body that takes longer than that is cut off and does no harm.
  const timer = setTimeout(() => {
    fault ??= `no answer within ${timeoutMs} ms`;
    outgoing.destroy();
  }, timeoutMs);
  outgoing.on('response', (answer) => {
    const { statusCode = 0 } = answer;
    isWell = statusCode >= 200 && statusCode < 400;
    fault ??= `GET ${path} was answered with ${statusCode}`;
    answer.on('error', () => undefined).resume();
  });
  outgoing.on('error', (error) => (fault ??= describeError(error)));
  outgoing.on('close', () => {
    clearTimeout(timer);
    onDone(isWell ? undefined : (fault ?? 'the connection was closed without an answer'));
  });
  outgoing.end();
  return outgoing;
}

function watchRequests(config: EjectionConfig, { name, log, metrics, now }: UpstreamHealthOptions) {
  let failures = 0;
  /** Set while it is ejected: when the next request may be tried. */
  let nextTrialAtMs: number | undefined;
  let isOnTrial = false;

  const eject = (message: string) => {
    nextTrialAtMs = now() + config.durationMs;
    isOnTrial = false;
    metrics.ejections.inc({ upstream: name });
    log.warn({ upstream: name, code: 'UPSTREAM_EJECTED', duration_ms: config.durationMs }, message);
  };

  return {
    get isEjected() {
      return nextTrialAtMs !== undefined;
    },
    admits() {
      if (nextTrialAtMs === undefined) return true;
      if (now() < nextTrialAtMs) return false;
      isOnTrial = true;
      nextTrialAtMs = now() + config.durationMs;
      return true;
    },
    succeeded() {
      failures = 0;
      // While no trial is under way, this is the answer to a request from before the ejection and says nothing new.
      if (!isOnTrial) return;
      isOnTrial = false;
      nextTrialAtMs = undefined;
      log.info({ upstream: name }, `upstream "${name}" gets requests again`);
    },
    failed() {
      if (isOnTrial) return eject(`upstream "${name}" gets no requests still: the one that was tried failed`);
      if (nextTrialAtMs !== undefined) return undefined;
      failures += 1;
      if (failures < config.consecutiveFailures) return undefined;
      failures = 0;
      return eject(`upstream "${name}" gets no requests for now: ${config.consecutiveFailures} in a row failed`);
    },
  };
}
