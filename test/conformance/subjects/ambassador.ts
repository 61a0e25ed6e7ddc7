/** Our own, from a bundle or from its sources. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '../wire.ts';
import { startProcess, type SubjectKind } from './subject.ts';

const IMPATIENT = {
  requestHeadTimeoutMs: 1_000,
  requestTimeoutMs: 1_500,
  responseTimeoutMs: 1_000,
  idleTimeoutMs: 1_000,
};

/** `program`: the path of main.ts, or of what it is bundled into. */
export function ambassador(program: string): SubjectKind {
  return {
    name: 'ambassador',
    version: async () => `on Node.js ${process.version}`,
    async start({ upstreamPort, setup, folder }) {
      const port = await findFreePort();
      const file = join(folder, 'ambassador.yaml');
      const config = {
        listeners: [{ host: '127.0.0.1', port, upstream: 'app' }],
        upstreams: { app: { port: upstreamPort } },
        ops: { host: '127.0.0.1', port: 0 },
        ...(setup === 'trusting' ? { trustedProxies: ['127.0.0.0/8'] } : {}),
        ...(setup === 'impatient' ? { timeouts: IMPATIENT } : {}),
      };
      // JSON is YAML.
      await writeFile(file, JSON.stringify(config));
      return startProcess(port, process.execPath, [program, '--config', file]);
    },
  };
}
