/** A kubeconfig of a user's own: one context that leads to the kit's cluster, and a current one that nobody may touch. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { parseDocument } from 'yaml';

export interface UserKubeconfig extends AsyncDisposable {
  readonly path: string;
  /** Connections that reached the server of the current context. */
  readonly trapped: number;
  /** The content, as it was written. */
  readonly text: string;
}

/** `context`: name of the context that leads to the cluster of `kubeconfigPath`. */
export async function writeUserKubeconfig(
  path: string,
  { kubeconfigPath, context }: { readonly kubeconfigPath: string; readonly context: string },
): Promise<UserKubeconfig> {
  let trapped = 0;
  const sockets = new Set<Socket>();
  const trap = createServer((socket) => {
    trapped += 1;
    sockets.add(socket);
  }).listen(0, '127.0.0.1');
  await once(trap, 'listening');
  const kubeconfig = parseDocument(await readFile(kubeconfigPath, 'utf8'));
  const [own] = (kubeconfig.toJS() as { contexts: { context: object }[] }).contexts;
  const server = `https://127.0.0.1:${(trap.address() as AddressInfo).port}`;
  kubeconfig.setIn(['clusters', 1], { name: 'production', cluster: { server, 'insecure-skip-tls-verify': true } });
  kubeconfig.setIn(['users', 1], { name: 'production', user: { token: 'a secret' } });
  kubeconfig.setIn(['contexts', 0], { name: context, context: own?.context });
  kubeconfig.setIn(['contexts', 1], { name: 'production', context: { cluster: 'production', user: 'production' } });
  kubeconfig.setIn(['current-context'], 'production');
  const text = String(kubeconfig);
  await writeFile(path, text, { mode: 0o600 });
  return {
    path,
    text,
    get trapped() {
      return trapped;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      trap.close();
      await once(trap, 'close');
    },
  };
}
