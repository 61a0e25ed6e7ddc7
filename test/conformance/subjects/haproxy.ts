/** HAProxy with the very configuration of manifests/twins/haproxy; only addresses, and timeouts where asked, differ. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { findFreePort } from '../wire.ts';
import { startProcess, type SubjectKind } from './subject.ts';

const PROGRAM = '/usr/sbin/haproxy';
const CONFIG_MAP = new URL('../../../manifests/twins/haproxy/configmap.yaml', import.meta.url);

export const haproxy: SubjectKind = {
  name: 'haproxy',
  version: async () => /version (\S+)/.exec((await promisify(execFile)(PROGRAM, ['-v'])).stdout)?.[1] ?? '',
  async start({ upstreamPort, setup, folder }) {
    const port = await findFreePort();
    const { data } = parse(await readFile(CONFIG_MAP, 'utf8')) as { data: Record<string, string> };
    let text = data['haproxy.cfg'] ?? '';
    const change = (from: string | RegExp, to: string) => {
      if (text.search(from) < 0) throw new Error(`haproxy.cfg does not say ${from}`);
      text = text.replaceAll(from, to);
    };
    change(/bind :80$/gm, `bind 127.0.0.1:${port}`);
    change('127.0.0.1:8775', `127.0.0.1:${upstreamPort}`);
    change('bind 127.0.0.1:9000', `bind 127.0.0.1:${await findFreePort()}`);
    change('bind :9901', `bind 127.0.0.1:${await findFreePort()}`);
    if (setup === 'trusting') change(/(?<=acl from-trusted-proxy src ).*$/gm, '127.0.0.0/8');
    if (setup === 'impatient') change(/(timeout (?:http-request|http-keep-alive|client|server)) \S+/g, '$1 1s');
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, text);
    return startProcess(port, PROGRAM, ['-W', '-db', '-f', file]);
  },
};
