/** From the backend of a rule to addresses: Service, port, EndpointSlices. */
import { createHash } from 'node:crypto';
import { serverAddress } from './grammar.ts';
import type { EndpointSlice, IngressBackend, Service } from './kube-types.ts';
import type { Backend } from './model.ts';

export interface ServiceObjects {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
}

export interface FoundBackend {
  readonly backend: Backend;
  /** Why it has no servers and cannot get any as things are; undefined if all is well. */
  readonly fault: string | undefined;
}

/** Finds what a rule leads to. A backend that is missing is one without servers: its requests get 503, not the default. */
export function findBackend(
  namespace: string,
  { service, resource }: IngressBackend,
  { services, endpointSlices }: ServiceObjects,
): FoundBackend {
  const without = (fault: string): FoundBackend => ({ backend: { name: 'b-none', servers: [] }, fault });
  if (resource !== undefined || service === undefined) return without('only Services are supported as backends');
  const { name, port = {} } = service;
  const wanted = port.name ?? String(port.number);
  const found = services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (found === undefined) return without(`there is no Service ${name}`);
  const servicePort = found.spec?.ports?.find((candidate) =>
    port.name === undefined ? candidate.port === port.number : candidate.name === port.name,
  );
  if (servicePort === undefined) return without(`the Service ${name} has no port ${wanted}`);
  const servers = endpointSlices
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.[SERVICE_LABEL] === name)
    .flatMap((slice) => addressesOf(slice, servicePort.name ?? ''));
  return {
    backend: { name: backendName(namespace, name, String(servicePort.port)), servers: [...new Set(servers)].sort() },
    fault: undefined,
  };
}

const SERVICE_LABEL = 'kubernetes.io/service-name';

/** A slice names its ports as the Service does, with the numbers that the Pods listen on. */
function addressesOf({ addressType, endpoints, ports = [] }: EndpointSlice, portName: string): string[] {
  const port = ports.find(({ name = '' }) => name === portName)?.port;
  if (port === undefined || !['IPv4', 'IPv6'].includes(addressType)) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses: [address = ''] }) => serverAddress(address, port) ?? []);
}

/** Always the same for one Service port, and nothing of what users wrote. */
function backendName(...parts: readonly string[]): string {
  return `b-${createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 12)}`;
}
