/** http-proxy; with the argument `keep-alive` behind the file of the ports, with an agent that keeps connections. */
import { readFileSync } from 'node:fs';
import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy';

const [port, upstreamPort] = readFileSync(process.argv[2] ?? '', 'utf8').split(' ');
const proxy = httpProxy.createProxyServer({
  target: `http://127.0.0.1:${upstreamPort}`,
  xfwd: true,
  ...(process.argv[3] === 'keep-alive' && { agent: new Agent({ keepAlive: true }) }),
});
proxy.on('error', (error) => process.stderr.write(`${error.message}\n`));
createServer((request, response) => proxy.web(request, response)).listen(Number(port), '127.0.0.1');
