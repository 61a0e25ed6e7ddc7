/** One run of an image that ends by itself. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attemptDocker, docker, RestrictedContainer, TEST_LABEL } from './containers.ts';

export interface RunToEndOptions {
  readonly args?: string[];
  /** Files that are mounted read-only: the folder in the container, then text by file name. */
  readonly config?: { readonly folder: string; readonly files: Readonly<Record<string, string>> };
  /** Folders that the program may write to. */
  readonly writable?: readonly string[];
  readonly network?: { readonly name: string };
  /** Instead of that of the image: `UID:GID`. */
  readonly user?: string;
}

export interface EndedRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a container, restricted as in a Pod, waits for its end and removes it. */
export async function runToEnd(image: string, options: RunToEndOptions): Promise<EndedRun> {
  const { args = [], config = { folder: '/config', files: {} }, writable = [], network, user } = options;
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'pod-patterns-'));
  stack.defer(() => rm(folder, { recursive: true }));
  // The container runs under another user.
  await chmod(folder, 0o755);
  for (const [name, text] of Object.entries(config.files)) await writeFile(join(folder, name), text);
  const description = new RestrictedContainer(image)
    .withLabels({ [TEST_LABEL.name]: TEST_LABEL.value })
    .withCommand(args)
    .withTmpFs(Object.fromEntries(writable.map((path) => [path, 'rw,mode=1777'])))
    .withBindMounts([{ source: folder, target: config.folder, mode: 'ro' }]);
  if (network !== undefined) description.withNetworkMode(network.name);
  if (user !== undefined) description.withUser(user);
  const container = stack.use(await description.start());
  const exitCode = Number(await docker('wait', container.getId()));
  const { stdout, stderr } = await attemptDocker('logs', container.getId());
  return { exitCode, stdout, stderr };
}
