/** The http-proxy library with nothing done about it. */
import { readFile } from 'node:fs/promises';
import { findFreePort } from '../wire.ts';
import { startProcess, type SubjectKind } from './subject.ts';

const MANIFEST = new URL('../../../node_modules/http-proxy/package.json', import.meta.url);
const SERVER = new URL('http-proxy-main.ts', import.meta.url).pathname;

export const bareHttpProxy: SubjectKind = {
  name: 'http-proxy',
  version: async () => (JSON.parse(await readFile(MANIFEST, 'utf8')) as { version: string }).version,
  async start({ upstreamPort }) {
    const port = await findFreePort();
    return startProcess(port, process.execPath, [SERVER, String(port), String(upstreamPort)]);
  },
};
