/** What must hold between the values of a configuration, beyond each of them being right by itself. */
import { describeAddress, isSameAddress, overlaps } from './address.ts';
import type { Config, HeaderRules } from './config.ts';

type Fault = (path: (string | number)[], message: string) => void;

/** Tells `fault` where the values of a configuration contradict each other, and what they must be. */
export function checkConfig(config: Config, fault: Fault): void {
  const names = new Set<string>();
  for (const [index, listener] of config.listeners.entries()) {
    const at = (key: string) => ['listeners', index, key];
    // A name such as "toString" must not find what every object has.
    const isKnown = Object.hasOwn(config.upstreams, listener.upstream);
    const upstream = isKnown ? config.upstreams[listener.upstream] : undefined;
    if (upstream === undefined) {
      const known = Object.keys(config.upstreams).join(', ') || 'none';
      fault(at('upstream'), `there is no upstream "${listener.upstream}"; there are: ${known}`);
    } else if (isSameAddress(listener, upstream)) {
      fault(at('upstream'), `"${listener.upstream}" is this listener itself, so a request would never end`);
    }
    if (names.has(listener.name)) fault(at('name'), `another listener is named "${listener.name}"`);
    names.add(listener.name);
    const others = [...config.listeners.slice(0, index), config.ops];
    if (others.some((other) => overlaps(listener, other))) {
      fault(at('port'), `${describeAddress(listener)} is used by another listener or by ops`);
    }
    checkHeaderRules(listener.requestHeaders, ['listeners', index, 'requestHeaders'], fault);
    checkHeaderRules(listener.responseHeaders, ['listeners', index, 'responseHeaders'], fault);
  }
  for (const [name, { healthCheck }] of Object.entries(config.upstreams)) {
    if (healthCheck !== undefined && healthCheck.timeoutMs > healthCheck.intervalMs) {
      const message = `must not be more than intervalMs (${healthCheck.intervalMs}): one check ends before the next`;
      fault(['upstreams', name, 'healthCheck', 'timeoutMs'], message);
    }
  }
  const { requestHeadTimeoutMs, requestTimeoutMs } = config.timeouts;
  if (requestTimeoutMs < requestHeadTimeoutMs) {
    const message = `must not be less than requestHeadTimeoutMs (${requestHeadTimeoutMs}): the head is part of the request`;
    fault(['timeouts', 'requestTimeoutMs'], message);
  }
}

function checkHeaderRules(rules: HeaderRules | undefined, at: (string | number)[], fault: Fault): void {
  for (const kind of ['set', 'add'] as const) {
    const seen = new Map<string, string>();
    for (const name of Object.keys(rules?.[kind] ?? {})) {
      const other = seen.get(name.toLowerCase());
      if (other !== undefined) fault([...at, kind, name], `must be there once only: "${other}" is the same header`);
      seen.set(name.toLowerCase(), name);
    }
  }
  // A request has exactly one Host (RFC 9112 section 3.2), so it can be replaced, but neither doubled nor left out.
  const doubled = Object.keys(rules?.add ?? {}).find((name) => name.toLowerCase() === 'host');
  if (doubled !== undefined) fault([...at, 'add', doubled], 'must be under set, as there is exactly one Host');
  const removed = rules?.remove?.findIndex((name) => name.toLowerCase() === 'host') ?? -1;
  if (removed >= 0) fault([...at, 'remove', removed], 'must stay, as every request has a Host; set can replace it');
}
