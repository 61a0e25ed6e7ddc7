/** The patient of all faults: a shop, which is one page that nginx serves. Healthy as it stands here. */
import type { KubeObject } from '../../deploy/kube-types.ts';

export const NGINX_CONF = `pid /tmp/nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server {
    listen 8081;
    root /srv/shop;
    default_type text/html;
  }
}
`;

/** What is different from the healthy shop. */
export interface ShopChanges {
  readonly data?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly web?: object;
  readonly readinessPath?: string;
  readonly pageMount?: object;
  readonly pod?: object;
  readonly volumes?: readonly object[];
  readonly helpers?: readonly object[];
  readonly service?: object;
}

/** The namespace, and in it the ConfigMap, the Deployment and the Service of the shop. */
export function shop(namespace: string, changes: ShopChanges = {}): KubeObject[] {
  const meta = { name: 'shop', namespace };
  const labels = { app: 'shop' };
  const web = {
    name: 'web',
    image: changes.image ?? 'pod-patterns/nginx:dev',
    imagePullPolicy: 'IfNotPresent',
    command: ['nginx', '-e', 'stderr', '-c', '/etc/shop/nginx.conf', '-g', 'daemon off;'],
    ports: [{ name: 'http', containerPort: 8081 }],
    readinessProbe: { httpGet: { path: changes.readinessPath ?? '/', port: 'http' }, periodSeconds: 1 },
    resources: { requests: { cpu: '5m', memory: '16Mi' } },
    volumeMounts: [
      { name: 'settings', mountPath: '/etc/shop' },
      changes.pageMount ?? { name: 'settings', mountPath: '/srv/shop' },
    ],
    ...changes.web,
  };
  const spec = {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    containers: [web, ...(changes.helpers ?? [])],
    volumes: [{ name: 'settings', configMap: { name: 'shop' } }, ...(changes.volumes ?? [])],
    ...changes.pod,
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    settings(namespace, changes.data),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: meta,
      spec: {
        replicas: 1,
        // With one replica and quotas: the old Pod makes room for the new one.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta,
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...changes.service },
    },
  ];
}

/** The ConfigMap of the shop: what nginx is told, and the page. */
export function settings(namespace: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  const metadata = { name: 'shop', namespace };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { 'nginx.conf': NGINX_CONF, 'index.html': 'Tea is 6.40 today.\n', ...data },
  };
}

/** A container beside nginx that runs a shell script. */
export function helper(name: string, script: string, more: object = {}): object {
  const image = 'pod-patterns/legacy-app:dev';
  return { name, image, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', script], ...more };
}
