/**
 * The files of HAProxy. Hosts and paths stand in map files, one pair a line, and never in haproxy.cfg itself: that is made
 * of our own words, names that we made, addresses and numbers.
 */
import { createHash } from 'node:crypto';
import type { Model, Route } from './model.ts';

export interface Ports {
  readonly http: number;
  readonly https: number;
  /** For probes, metrics, and to ask which generation is in use. */
  readonly ops: number;
}

export interface Generation {
  /** Hash of all that is in it: the same model has the same. */
  readonly id: string;
  /** Text of each file, by its path below the folder of the generation. */
  readonly files: Readonly<Record<string, string>>;
}

/** `folderOf` tells where the generation will stand: HAProxy reads the other files by their whole paths. */
export function render(model: Model, ports: Ports, folderOf: (id: string) => string): Generation {
  const mapOf = (isExact: boolean) => model.routes.filter((route) => route.isExact === isExact).map(mapLine);
  const others = {
    'exact.map': lines(mapOf(true)),
    'prefix.map': lines(mapOf(false)),
    'certificates.list': '',
    ...Object.fromEntries(model.certificates.map(({ file, pem }) => [`certificates/${file}`, pem])),
  };
  const id = createHash('sha256')
    .update(JSON.stringify([model, ports]))
    .digest('hex')
    .slice(0, 16);
  const folder = folderOf(id);
  return {
    id,
    files: {
      ...others,
      // A certificate is used for the hosts that its Ingress names, and for no others that it may be valid for.
      'certificates.list': lines(
        model.certificates.map(({ file, hosts }) => [`${folder}/certificates/${file}`, ...hosts].join(' ')),
      ),
      'haproxy.cfg': haproxyConfig(model, ports, { folder, id }),
    },
  };
}

/** A prefix ends with a slash, as the looked-up path does, so /shop is found for /shop and /shop/1, not for /shopping. */
function mapLine({ host, path, isExact, backend }: Route): string {
  return `${host}${path}${isExact ? '' : '/'} ${backend}`;
}

function haproxyConfig(model: Model, ports: Ports, { folder, id }: { folder: string; id: string }): string {
  // The most specific host first, and with each an exact path before the longest prefix.
  const keys = ['var(txn.host),concat(,txn.path)', 'var(txn.wildcard),concat(,txn.path)', 'path'];
  const lookups = keys.flatMap((key) => [
    `${key},map_str(${folder}/exact.map)`,
    `${key},concat(/),map_beg(${folder}/prefix.map)`,
  ]);
  return `# Written by ingress-sidecar, generation ${id}. What is changed here is lost.
global
  log stdout format raw local0 info
  maxconn 2100
  nbthread 1
  # After a reload the old process finishes what it has begun, for so long.
  hard-stop-after 30s

defaults
  mode http
  log global
  timeout connect 2s
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout client 60s
  timeout server 60s
  timeout queue 5s
  timeout tunnel 1h
  maxconn 1024
  # A reload must not cut a connection on which the client is just sending its next request.
  option idle-close-on-response
  # A Pod that has gone is no reason to fail: what was never sent is sent to another.
  retries 3
  option redispatch 1
  retry-on conn-failure
  option http-restrict-req-hdr-names delete

frontend ingress
  bind :${ports.http}
  bind :${ports.https} ssl strict-sni crt-list ${folder}/certificates.list alpn h2,http/1.1
  http-request set-var(txn.method) method
  http-request set-var(txn.path) path
  http-request set-var(txn.host) req.hdr(Host),field(1,:),lower
  # Rules decide by the path as it is written, so what another server might read as another path is refused.
  http-request deny deny_status 400 if { path -m reg -i %2f|%5c } or { path -m reg -i /(\\.|%2e){0,2}/ } or { path -m reg -i /(\\.|%2e){1,2}$ }
  http-request del-header X-Forwarded- -m beg
  http-request del-header Forwarded
  http-request del-header X-Real-IP
  option forwardfor
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-var(txn.wildcard) var(txn.host),regsub(^[^.]*,*)
${lookups.map((lookup) => `  http-request set-var(txn.backend) ${lookup} unless { var(txn.backend) -m found }`).join('\n')}
  log-format "${LOG_FORMAT}"
  use_backend %[var(txn.backend)] if { var(txn.backend) -m found }
  default_backend ${model.defaultBackend ?? 'no-rule'}

backend no-rule
  http-request return status 404 content-type text/plain string "no Ingress has a rule for this host and path\\n"
${model.backends.map(backendSection).join('')}
frontend ops
  bind :${ports.ops}
  no log
  monitor-uri /healthz
  http-request return status 200 content-type text/plain string ${id} if { path /generation }
  http-request use-service prometheus-exporter if { path /metrics }
  http-request return status 404
`;
}

/** One line of JSON for each request, with the keys of the kit's other logs. */
const LOG_FORMAT = [
  '%{+json}o %(time)[date(0,ms),ms_utime(%Y-%m-%dT%H:%M:%S.%3NZ)] %(level)[str(info)] %(service)[str(ingress)]',
  '%(msg)[str(request)] %(http_method)[var(txn.method)] %(http_host)[var(txn.host)] %(url_path)[var(txn.path)]',
  '%(http_status:sint)ST %(duration_ms:sint)Ta %(upstream)b %(server)s %(client_address)ci %(termination)tsc',
].join(' ');

function backendSection({ name, servers }: Model['backends'][number]): string {
  const list = servers.map((address, index) => `  server s${index} ${address}\n`).join('');
  return `\nbackend ${name}\n  balance roundrobin\n${list}`;
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('');
}
