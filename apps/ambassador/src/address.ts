/** Addresses to listen on or to connect to: how they are shown, and which of them are the same. */
interface Address {
  readonly host?: string | undefined;
  readonly port: number;
}

/** An address as it is shown to people; without a host it means all addresses of the Pod. */
export function describeAddress({ host, port }: Address): string {
  if (host === undefined) return `*:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const isWildcard = (value: string | undefined) => value === undefined || value === '::' || value === '0.0.0.0';

/** Whether both cannot be listened on at once. A port of 0 is any that is free. */
export function overlaps(a: Address, b: Address): boolean {
  return a.port !== 0 && a.port === b.port && (a.host === b.host || isWildcard(a.host) || isWildcard(b.host));
}

/** Whether a connection to the upstream would be one to the listener. */
export function isSameAddress(listener: Address, upstream: Address): boolean {
  const isLoopback = upstream.host === 'localhost' || upstream.host === '::1' || upstream.host?.startsWith('127.');
  return (
    listener.port === upstream.port &&
    (listener.host === upstream.host || (isWildcard(listener.host) && isLoopback === true))
  );
}
