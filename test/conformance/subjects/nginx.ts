/** nginx as one would set it up for this work: keep-alive to the upstream, WebSockets, forwarded headers set anew. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../wire.ts';
import { startProcess, type SubjectKind } from './subject.ts';

const PROGRAM = '/usr/sbin/nginx';

export const nginx: SubjectKind = {
  name: 'nginx',
  version: async () => /nginx\/(\S+)/.exec((await promisify(execFile)(PROGRAM, ['-v'])).stderr)?.[1] ?? '',
  async start({ upstreamPort, setup, folder }) {
    const port = await findFreePort();
    const file = join(folder, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const timeouts = ['client_header_timeout', 'client_body_timeout', 'send_timeout', 'proxy_read_timeout'];
    await writeFile(
      file,
      `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ${setup === 'impatient' ? timeouts.map((name) => `${name} 1s;`).join('\n  ') : ''}
  client_max_body_size 0;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream app { server 127.0.0.1:${upstreamPort}; keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For ${setup === 'trusting' ? '$proxy_add_x_forwarded_for' : '$remote_addr'};
      proxy_set_header X-Forwarded-Host ${setup === 'trusting' ? '$http_x_forwarded_host' : '$host'};
      proxy_set_header X-Forwarded-Proto ${setup === 'trusting' ? '$http_x_forwarded_proto' : '$scheme'};
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header Forwarded "";
    }
  }
}
`,
    );
    return startProcess(port, PROGRAM, ['-e', 'stderr', '-p', folder, '-c', file]);
  },
};
