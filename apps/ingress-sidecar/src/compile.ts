/** All Ingress objects of the class, made one table of routes; and of each what cannot be used. */
import { createHash } from 'node:crypto';
import { findBackend, type ServiceObjects } from './backends.ts';
import { certificateOf } from './certificate.ts';
import { hostFault, isObjectName, pathFault } from './grammar.ts';
import type { Ingress, IngressBackend, IngressPath, Secret } from './kube-types.ts';
import type { Backend, Certificate, Model, Refusal, Route } from './model.ts';

export interface ClusterObjects extends ServiceObjects {
  /** Those of the class. */
  readonly ingresses: readonly Ingress[];
  readonly secrets: readonly Secret[];
}

export interface Compiled {
  readonly model: Model;
  readonly refusals: readonly Refusal[];
}

/** The same objects always make the same model, in whatever order they come. Of two that want the same, the older has it. */
export function compile({ ingresses, secrets, ...serviceObjects }: ClusterObjects): Compiled {
  const routes = new Map<string, Route & { readonly owner: string }>();
  const backends = new Map<string, Backend>();
  const certificates = new Map<string, Certificate>();
  const refusals: Refusal[] = [];
  let defaultBackend: { readonly name: string; readonly owner: string } | undefined;

  for (const ingress of [...ingresses].sort(byAge)) {
    const { namespace, name, uid = '' } = ingress.metadata;
    const owner = `${namespace}/${name}`;
    const refuse = (reason: Refusal['reason'], message: string) => {
      refusals.push({ namespace, name, uid, reason, message });
    };
    const use = (wanted: IngressBackend, place: string): string => {
      const { backend, fault } = findBackend(namespace, wanted, serviceObjects);
      if (fault !== undefined) refuse('BackendMissing', `${place}: ${fault}; its requests get 503`);
      backends.set(backend.name, backend);
      return backend.name;
    };

    const { defaultBackend: wantedDefault, rules = [], tls = [] } = ingress.spec ?? {};
    if (wantedDefault !== undefined) {
      if (defaultBackend === undefined) defaultBackend = { name: use(wantedDefault, 'defaultBackend'), owner };
      else refuse('RuleTaken', `the default backend is that of ${defaultBackend.owner}`);
    }
    for (const { host = '', http } of rules) {
      for (const rule of http?.paths ?? []) {
        const place = `${host}${rule.path ?? '/'} (${rule.pathType})`;
        const read = readRule(host, rule);
        if ('fault' in read) {
          refuse('InvalidRule', read.fault);
          continue;
        }
        const key = `${read.isExact ? '=' : '^'}${host}${read.path}`;
        const taken = routes.get(key);
        if (taken === undefined) routes.set(key, { ...read, host, backend: use(rule.backend, place), owner });
        else refuse('RuleTaken', `${place} is led elsewhere by ${taken.owner}`);
      }
    }
    for (const { hosts = [], secretName = '' } of tls) {
      const fault = [...hosts.map(hostFault), isObjectName(secretName) ? undefined : 'tls names no Secret'].find(
        Boolean,
      );
      const secret = secrets.find(({ metadata }) => metadata.namespace === namespace && metadata.name === secretName);
      const result = fault === undefined ? certificateOf(secret) : { fault };
      if ('fault' in result) refuse('CertificateInvalid', `tls ${secretName}: ${result.fault}`);
      else {
        const file = `${hash(`${owner}/${secretName}/${hosts.join()}`)}.pem`;
        certificates.set(file, { file, pem: result.pem, hosts: [...hosts].sort() });
      }
    }
  }
  const sorted = <Value>(map: ReadonlyMap<string, Value>) =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return {
    model: {
      routes: sorted(routes).map(({ host, path, isExact, backend }) => ({ host, path, isExact, backend })),
      backends: sorted(backends),
      certificates: sorted(certificates),
      defaultBackend: defaultBackend?.name,
    },
    refusals,
  };
}

/** A prefix loses the slash at its end, because it ends with a segment either way. */
function readRule(
  host: string,
  { path = '/', pathType }: IngressPath,
): { readonly path: string; readonly isExact: boolean } | { readonly fault: string } {
  const fault = (host === '' ? undefined : hostFault(host)) ?? pathFault(path);
  if (fault !== undefined) return { fault };
  // What ImplementationSpecific means is up to the controller: here the same as Prefix.
  if (!['Exact', 'Prefix', 'ImplementationSpecific'].includes(pathType)) return { fault: 'the pathType is unknown' };
  return pathType === 'Exact' ? { path, isExact: true } : { path: path.replace(/\/$/, ''), isExact: false };
}

function byAge({ metadata: a }: Ingress, { metadata: b }: Ingress): number {
  const key = ({ creationTimestamp = '', namespace, name }: typeof a) => `${creationTimestamp} ${namespace}/${name}`;
  return key(a) < key(b) ? -1 : 1;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
