/** A server around http-proxy as it comes: `http-proxy-main.ts PORT UPSTREAM_PORT`. */
import httpProxy from 'http-proxy';

const [port, upstreamPort] = process.argv.slice(2).map(Number);
const proxy = httpProxy.createProxyServer({ target: { host: '127.0.0.1', port: upstreamPort ?? 0 }, ws: true });
// Without this, the first upstream that hangs up ends the process.
proxy.on('error', (_error, _request, response) => {
  if ('writeHead' in response && !response.headersSent) response.writeHead(502);
  response.end();
});
proxy.listen(port ?? 0, '127.0.0.1');
