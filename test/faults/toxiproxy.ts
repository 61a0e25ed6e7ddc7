/**
 * toxiproxy: a proxy that does to a connection what networks do. Built once from its Go module, into the cache of the kit.
 * (https://github.com/Shopify/toxiproxy)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { vi } from 'vitest';
import { contentHash, treeHash } from '../../scripts/host/content-hash.ts';
import { exists, makeCacheFolder, removeNeighbours } from '../../scripts/host/files.ts';
import { requireGo } from '../../scripts/host/go.ts';
import { createHost } from '../../scripts/host/host.ts';
import { freePort } from '../support/free-port.ts';

const START_TIMEOUT_MS = 20_000;
const MODULE = new URL('toxiproxy/', import.meta.url).pathname;

export interface Toxic {
  readonly type: 'bandwidth' | 'latency' | 'limit_data' | 'reset_peer' | 'slicer' | 'timeout';
  /** As its README names them: `rate`, `bytes`, `timeout`, … */
  readonly attributes: Readonly<Record<string, number>>;
}

export interface FaultyLink extends AsyncDisposable {
  /** http://127.0.0.1:PORT, which leads to the server. */
  readonly origin: string;
  /** What comes from the server suffers this from now on. */
  readonly break: (toxic: Toxic) => Promise<void>;
  /** Nobody listens any more; connections are cut. */
  readonly cut: () => Promise<void>;
  /** All is well again. */
  readonly mend: () => Promise<void>;
}

/** Starts it in front of an HTTP server of this machine. */
export async function startFaultyLink(origin: string): Promise<FaultyLink> {
  await using stack = new AsyncDisposableStack();
  const port = await freePort();
  const child = spawn(await ensureToxiproxy(), ['-host', '127.0.0.1', '-port', String(port)], { stdio: 'ignore' });
  const closed = once(child, 'close');
  stack.defer(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`toxiproxy: ${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  await vi.waitFor(() => call('GET', '/proxies'), { timeout: START_TIMEOUT_MS });
  const proxy = { name: 'git', listen: '127.0.0.1:0', upstream: new URL(origin).host, enabled: true };
  const { listen } = (await call('POST', '/proxies', proxy)) as { listen: string };
  const rest = stack.move();
  return {
    origin: `http://${listen}`,
    break: async ({ type, attributes }) => {
      await call('POST', '/proxies/git/toxics', { type, attributes, stream: 'downstream' });
    },
    cut: async () => void (await call('POST', '/proxies/git', { ...proxy, listen, enabled: false })),
    mend: async () => void (await call('POST', '/reset')),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** Builds it where nobody has yet; resolves to its path. */
export async function ensureToxiproxy(): Promise<string> {
  const host = createHost(process.env, new AbortController().signal);
  const folder = join(host.cache, 'toxiproxy', contentHash(await treeHash(MODULE)));
  if (!(await exists(folder))) {
    await requireGo(host, '1.24', 'build toxiproxy, the faulty network of the tests');
    const env = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=readonly' };
    await makeCacheFolder(folder, async (unfinished) => {
      const args = ['build', '-trimpath', '-o', join(unfinished, 'toxiproxy')];
      await host.run('go', [...args, 'github.com/Shopify/toxiproxy/v2/cmd/server'], { cwd: MODULE, env });
    });
    await removeNeighbours(folder);
  }
  return join(folder, 'toxiproxy');
}
