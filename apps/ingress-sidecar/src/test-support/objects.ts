/** Objects of the cluster, of which each test says only what it is about. */
import type { ClusterObjects } from '../compile.ts';
import type { EndpointSlice, Ingress, IngressPath, Secret, Service } from '../kube-types.ts';

const namespace = 'shop';

export function ingress(
  name: string,
  spec: Ingress['spec'] & object,
  creationTimestamp = '2026-01-01T00:00:00Z',
): Ingress {
  return { metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp }, spec };
}

/** A rule that leads to port 80 of a Service. */
export function rule(path: string | undefined, pathType: string, service = 'web'): IngressPath {
  return {
    ...(path !== undefined && { path }),
    pathType,
    backend: { service: { name: service, port: { number: 80 } } },
  };
}

/** An Ingress of one host. */
export function hostIngress(name: string, host: string | undefined, ...paths: readonly IngressPath[]): Ingress {
  return ingress(name, { rules: [{ ...(host !== undefined && { host }), http: { paths } }] });
}

export function service(
  name: string,
  ports: (Service['spec'] & object)['ports'] = [{ name: 'http', port: 80 }],
): Service {
  return { metadata: { name, namespace }, spec: { ports } };
}

export function slice(
  serviceName: string,
  addresses: readonly (string | { readonly address: string; readonly ready: boolean })[],
  ports: EndpointSlice['ports'] = [{ name: 'http', port: 8080 }],
): EndpointSlice {
  return {
    metadata: { name: `${serviceName}-x`, namespace, labels: { 'kubernetes.io/service-name': serviceName } },
    addressType: 'IPv4',
    endpoints: addresses.map((entry) =>
      typeof entry === 'string'
        ? { addresses: [entry] }
        : { addresses: [entry.address], conditions: { ready: entry.ready } },
    ),
    ports,
  };
}

export function tlsSecret(name: string, certificate: string, key: string): Secret {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  return {
    metadata: { name, namespace },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': encode(certificate), 'tls.key': encode(key) },
  };
}

/** One Service `web` with one Pod, unless told. */
export function clusterOf(ingresses: readonly Ingress[], others: Partial<ClusterObjects> = {}): ClusterObjects {
  return {
    ingresses,
    secrets: [],
    services: [service('web')],
    endpointSlices: [slice('web', ['10.0.0.1'])],
    ...others,
  };
}
