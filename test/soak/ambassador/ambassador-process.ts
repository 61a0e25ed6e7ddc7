/**
 * The ambassador as its image starts it: the bundle, with the flags of the Dockerfile, and a configuration that is
 * mounted as the kubelet mounts a ConfigMap. Campaigns only look at it from outside.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mountFile } from '../../../apps/runtime/src/test-support/mounted-file.ts';
import { bundleApp } from '../../../scripts/images/bundle.ts';
import { imageNodeFlags } from '../../support/image-node-flags.ts';
import { root } from '../../support/root.ts';
import { connectInspector, type Inspector } from './inspector.ts';
import { findFreePort } from './loopback.ts';

/** A configuration as the file has it, without the operations port. */
export type ConfigFile = Readonly<Record<string, unknown>>;

export interface AmbassadorProcess extends AsyncDisposable {
  /** Where probes and metrics are. */
  readonly opsUrl: string;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Swaps the mounted configuration, and waits until the ambassador says that it uses it. */
  configure(config: ConfigFile): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** The sum over all labels; those that are given must be there. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** A connection to its inspector; it must be started with one. */
  inspect(): Promise<Inspector>;
  /** The last lines that it wrote as warnings or worse, for the description of a failure. */
  readonly troubles: readonly string[];
}

const RELOAD_TIMEOUT_MS = 10_000;
const START_TIMEOUT_MS = 20_000;
const KEPT_TROUBLES = 20;

/** Starts it and waits until it is ready; leaving the scope ends it, whatever it is doing. */
export async function startAmbassador(
  config: ConfigFile,
  { hasInspector = false }: { hasInspector?: boolean } = {},
): Promise<AmbassadorProcess> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'ambassador-soak-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, 'main.cjs');
  await writeFile(program, (await bundleApp(root, 'ambassador')).code);
  const configFile = join(folder, 'config', 'ambassador.yaml');
  const ops = { host: '127.0.0.1', port: await findFreePort() };
  const update = await mountFile(configFile, JSON.stringify({ ...config, ops }));

  const flags = hasInspector ? ['--inspect=127.0.0.1:0'] : [];
  const child = spawn(
    process.execPath,
    [...flags, ...(await imageNodeFlags(root, 'ambassador')), program, '--config', configFile],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  stack.defer(async () => {
    child.kill('SIGKILL');
    await ended;
  });

  const troubles: string[] = [];
  /** What it wrote about changes that it uses, and about those that it refused. */
  const changes: string[] = [];
  const refusals: string[] = [];
  const inspectorUrl = Promise.withResolvers<string>();
  const news = new EventTarget();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (/"level":"(?:warn|error|fatal)"/.test(line)) {
      troubles.push(line);
      if (troubles.length > KEPT_TROUBLES) troubles.shift();
    }
    if (line.includes('"configuration changed')) changes.push(line);
    else if (line.includes('"configuration not changed')) refusals.push(line);
    else if (!line.includes('"msg":"started"')) return;
    news.dispatchEvent(new Event('line'));
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    const url = /^Debugger listening on (\S+)$/.exec(line)?.[1];
    if (url === undefined) troubles.push(line);
    else inspectorUrl.resolve(url);
  });
  const untilNews = (timeoutMs: number) =>
    Promise.race([
      once(news, 'line', { signal: AbortSignal.timeout(timeoutMs) }),
      ended.then((code) => Promise.reject(new Error(`the ambassador ended with ${code}: ${troubles.join('\n')}`))),
    ]);
  await untilNews(START_TIMEOUT_MS);

  const opsUrl = `http://127.0.0.1:${ops.port}`;
  const rest = stack.move();
  return {
    opsUrl,
    ended,
    troubles,
    signal: (name) => void child.kill(name),
    inspect: async () => connectInspector(await inspectorUrl.promise),
    async configure(next) {
      const expected = changes.length + 1;
      const { length } = refusals;
      await update(JSON.stringify({ ...next, ops }));
      while (changes.length < expected) {
        if (refusals.length > length) throw new Error(`change ${expected} was refused: ${refusals.at(-1)}`);
        await untilNews(RELOAD_TIMEOUT_MS).catch((error: unknown) => {
          throw new Error(`change ${expected} was not used in time`, { cause: error });
        });
      }
    },
    async metric(name, labels = {}) {
      const text = await (await fetch(`${opsUrl}/metrics`)).text();
      const isMeant = (line: string) =>
        (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) &&
        Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`));
      return text
        .split('\n')
        .filter(isMeant)
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
