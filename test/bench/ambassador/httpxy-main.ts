/** httpxy as it comes, which keeps connections. Argument: a file with its own port and the upstream's. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createProxyServer } from 'httpxy';

const [port, upstreamPort] = readFileSync(process.argv[2] ?? '', 'utf8').split(' ');
const proxy = createProxyServer({ target: `http://127.0.0.1:${upstreamPort}`, xfwd: true });
createServer((request, response) => void proxy.web(request, response)).listen(Number(port), '127.0.0.1');
