/**
 * Where a request comes from, for the upstream. X-Forwarded-For, -Proto and -Host are always there, because that is what
 * apps read; Forwarded (RFC 7239) is continued if a proxy that is trusted began it.
 */

/**
 * Appends to `headers` what the trusted proxy before us said (`given`, name and value by turns; empty if the client is
 * not one) and what we know ourselves.
 */
export function appendForwarded(
  headers: string[],
  given: readonly string[],
  clientAddress: string,
  host: string | undefined,
): void {
  let addresses = '';
  let elements = '';
  let hasHost = false;
  let hasProto = false;
  for (let index = 0; index + 1 < given.length; index += 2) {
    const name = given[index] ?? '';
    const value = given[index + 1] ?? '';
    const key = name.toLowerCase();
    if (key === 'x-forwarded-for') addresses += `${value}, `;
    else if (key === 'forwarded') elements += `${value}, `;
    else headers.push(name, value);
    hasHost ||= key === 'x-forwarded-host';
    hasProto ||= key === 'x-forwarded-proto';
  }
  headers.push('X-Forwarded-For', addresses + clientAddress);
  if (!hasProto) headers.push('X-Forwarded-Proto', 'http');
  if (!hasHost && host !== undefined) headers.push('X-Forwarded-Host', host);
  if (elements !== '') headers.push('Forwarded', elements + createElement(clientAddress, host));
}

function createElement(clientAddress: string, host: string | undefined): string {
  const node = clientAddress.includes(':') ? `"[${clientAddress}]"` : clientAddress;
  return `for=${node};proto=http${host === undefined ? '' : `;host="${host}"`}`;
}
