/** The two that are compared: git-sync, and the git commands that one would type instead of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { GIT_ENVIRONMENT } from './repositories.ts';

export const PUSH_SECRET = 'bench';

/** The largest repository may take its time on a slow machine. */
const FLAGS = ['--ref=main', '--link=current', '--sync-timeout=30m'];

type LogLine = Readonly<Record<string, unknown>>;

export class GitSync implements AsyncDisposable {
  readonly child: ChildProcess & { readonly pid: number };
  readonly #lines: LogLine[] = [];
  readonly #closed: Promise<unknown>;
  #wake = () => {};

  constructor(command: readonly string[], flags: readonly string[]) {
    const [program = '', ...args] = command;
    const env = { PATH: process.env['PATH'], TMPDIR: '/tmp', MALLOC_ARENA_MAX: '1' };
    const child = spawn(program, [...args, ...FLAGS, ...flags], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child as typeof child & { readonly pid: number };
    this.#closed = once(child, 'close');
    createInterface({ input: child.stdout }).on('line', (text) => {
      this.#lines.push(JSON.parse(text) as LogLine);
      this.#wake();
    });
  }

  /** Resolves to the first line that fits. */
  async line(fits: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const found = this.#lines.find(fits);
      if (found !== undefined) return found;
      if (this.child.exitCode !== null) throw new Error(`git-sync ended: ${JSON.stringify(this.#lines.slice(-3))}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await Promise.race([promise, this.#closed]);
    }
  }

  async published(hash: string): Promise<LogLine> {
    return await this.line((line) => line['msg'] === 'published' && line['hash'] === hash);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill();
    await this.#closed;
  }
}

/** Tells git-sync of a push, as the hook of a Git server does. */
export async function callWebhook(port: unknown): Promise<void> {
  const body = '{}';
  const signature = `sha256=${createHmac('sha256', PUSH_SECRET).update(body).digest('hex')}`;
  const headers = { 'x-hub-signature-256': signature };
  const response = await fetch(`http://127.0.0.1:${String(port)}/push`, { method: 'POST', body, headers });
  await response.arrayBuffer();
  if (response.status !== 202) throw new Error(`the push was answered with ${response.status}`);
}

/** Runs git commands one after the other in a folder. */
export async function plainGit(folder: string, ...commands: readonly (readonly string[])[]): Promise<void> {
  for (const args of commands) {
    const child = spawn('git', args, { cwd: folder, env: GIT_ENVIRONMENT, stdio: 'ignore' });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}`);
  }
}
