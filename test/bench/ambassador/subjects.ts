/** The proxies: how each is told to pass on what comes to its port to the upstream, with one worker that keeps connections. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Subject {
  readonly name: string;
  readonly hasAccessLog: boolean;
  readonly port: number;
  /** What it needs in a folder of its own. */
  readonly files: (folder: string) => Readonly<Record<string, string>>;
  readonly command: (folder: string) => readonly string[];
  readonly version: () => string;
}

/** The row of the upstream itself. */
export const DIRECT = 'direct';
export const UPSTREAM_PORT = 4_000;
const FIRST_PORT = 4_001;

type Program = Omit<Subject, 'hasAccessLog' | 'files' | 'port'> & {
  readonly canLog: boolean;
  readonly files: (settings: {
    port: number;
    hasAccessLog: boolean;
    folder: string;
  }) => Readonly<Record<string, string>>;
};

/** `nodeFlags` are those of the image, `bundle` is its program. */
export function createSubjects(bundle: string, nodeFlags: readonly string[]): readonly Subject[] {
  const settings = createPrograms(bundle, nodeFlags).flatMap((program) =>
    (program.canLog ? [false, true] : [false]).map((hasAccessLog) => ({ program, hasAccessLog })),
  );
  return settings.map(({ program, hasAccessLog }, index) => {
    const port = FIRST_PORT + index;
    return { ...program, hasAccessLog, port, files: (folder) => program.files({ port, hasAccessLog, folder }) };
  });
}

function createPrograms(bundle: string, nodeFlags: readonly string[]): readonly Program[] {
  return [
    {
      name: 'haproxy',
      canLog: true,
      files: ({ port, hasAccessLog }) => ({ 'haproxy.cfg': haproxyConfig(port, hasAccessLog) }),
      command: (folder) => ['haproxy', '-db', '-f', `${folder}/haproxy.cfg`],
      version: () => firstLine('haproxy', '-v'),
    },
    {
      name: 'nginx',
      canLog: true,
      files: ({ port, hasAccessLog, folder }) => ({
        'nginx.conf': nginxConfig(folder, hasAccessLog ? `${folder}/access.log` : 'off', nginxProxy(port)),
      }),
      command: nginxCommand,
      version: nginxVersion,
    },
    {
      name: 'ours',
      canLog: true,
      files: ({ port, hasAccessLog }) => ({
        'ambassador.yaml': JSON.stringify({
          listeners: [{ host: '127.0.0.1', port, upstream: 'app' }],
          upstreams: { app: { port: UPSTREAM_PORT } },
          ops: { host: '127.0.0.1', port: 0 },
          accessLog: hasAccessLog,
        }),
      }),
      command: (folder) => ['node', ...nodeFlags, bundle, '--config', `${folder}/ambassador.yaml`],
      version: () => `node ${process.version}`,
    },
    {
      ...library('httpxy', 'httpxy-main.ts'),
      version: () => packageVersion('httpxy'),
    },
    {
      ...library('http-proxy-keepalive', 'http-proxy-main.ts', 'keep-alive'),
      version: () => packageVersion('http-proxy'),
    },
    {
      ...library('http-proxy', 'http-proxy-main.ts'),
      version: () => packageVersion('http-proxy'),
    },
  ];
}

function library(name: string, script: string, ...args: readonly string[]) {
  const path = new URL(script, import.meta.url).pathname;
  return {
    name,
    canLog: false,
    files: ({ port }: { port: number }) => ({ ports: `${port} ${UPSTREAM_PORT}` }),
    command: (folder: string) => ['node', path, `${folder}/ports`, ...args],
  };
}

/** The upstream: files from memory, sent by the kernel. */
export function upstream(wwwFolder: string): Subject {
  const server = `server { listen 127.0.0.1:${UPSTREAM_PORT} reuseport; location / { root ${wwwFolder}; } }`;
  return {
    name: 'upstream',
    hasAccessLog: false,
    port: UPSTREAM_PORT,
    files: (folder) => ({ 'nginx.conf': nginxConfig(folder, 'off', server) }),
    command: nginxCommand,
    version: nginxVersion,
  };
}

function haproxyConfig(port: number, hasAccessLog: boolean): string {
  return `global
  nbthread 1
  ${hasAccessLog ? 'log stdout format raw local0 info' : ''}
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  option forwardfor
  ${hasAccessLog ? 'log global\n  option httplog' : ''}
listen app
  bind 127.0.0.1:${port}
  server app 127.0.0.1:${UPSTREAM_PORT}
`;
}

function nginxProxy(port: number): string {
  return `upstream app { server 127.0.0.1:${UPSTREAM_PORT}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }`;
}

function nginxConfig(folder: string, accessLog: string, servers: string): string {
  return `daemon off;
user root;
worker_processes 1;
pid ${folder}/pid;
events { worker_connections 4096; }
http {
  access_log ${accessLog};
  sendfile on;
  tcp_nopush on;
  open_file_cache max=10;
  keepalive_requests 100000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  ${servers}
}
`;
}

function nginxCommand(folder: string): readonly string[] {
  return ['nginx', '-e', 'stderr', '-p', folder, '-c', `${folder}/nginx.conf`];
}

function nginxVersion(): string {
  return firstLine('sh', '-c', 'nginx -v 2>&1');
}

function firstLine(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args).toString().split('\n')[0] ?? '';
}

function packageVersion(name: string): string {
  const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return `${name} ${version}, node ${process.version}`;
}
