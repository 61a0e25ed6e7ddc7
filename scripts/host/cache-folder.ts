/**
 * Where everything lives that the kit keeps between runs: built programs, the engine it started, its kubeconfig.
 * Never in the checkout, so that a second checkout on the same machine starts warm.
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** `$XDG_CACHE_HOME/pod-patterns`, else `~/.cache/pod-patterns` (XDG Base Directory Specification). */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base ? resolve(base) : join(homedir(), '.cache'), 'pod-patterns');
}
