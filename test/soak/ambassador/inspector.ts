/**
 * A look into a Node process through its inspector, so that memory can be measured after a garbage collection without
 * the program knowing about it.
 */
import { once } from 'node:events';

export interface ProcessFigures {
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Open file descriptors: files, sockets, pipes and what Node itself uses. */
  readonly descriptors: number;
}

export interface Inspector extends Disposable {
  collectGarbage(): Promise<void>;
  /** The heap is what it holds now, garbage included. */
  figures(): Promise<ProcessFigures>;
  rssBytes(): Promise<number>;
}

interface Reply {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

// /dev/fd lists the descriptors of the process that reads it, on Linux and macOS; one is the folder itself.
const FIGURES = `({
  heapBytes: process.memoryUsage().heapUsed,
  rssBytes: process.memoryUsage.rss(),
  descriptors: process.getBuiltinModule('node:fs').readdirSync('/dev/fd').length - 1,
})`;

/** `url` is what Node prints behind «Debugger listening on». */
export async function connectInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  const pending = new Map<number, PromiseWithResolvers<Reply>>();
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply;
    if (reply.id === undefined) return;
    pending.get(reply.id)?.resolve(reply);
    pending.delete(reply.id);
  });
  socket.addEventListener('close', () => {
    for (const { reject } of pending.values()) reject(new Error('the process ended while it was asked'));
  });
  const call = async (method: string, params = {}) => {
    const id = (lastId += 1);
    const answer = Promise.withResolvers<Reply>();
    pending.set(id, answer);
    socket.send(JSON.stringify({ id, method, params }));
    const { error, result } = await answer.promise;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result?.result?.value;
  };
  const evaluate = (expression: string) => call('Runtime.evaluate', { expression, returnByValue: true });
  return {
    async collectGarbage() {
      await call('HeapProfiler.collectGarbage');
    },
    figures: async () => (await evaluate(FIGURES)) as ProcessFigures,
    rssBytes: async () => Number(await evaluate('process.memoryUsage.rss()')),
    [Symbol.dispose]: () => socket.close(),
  };
}
