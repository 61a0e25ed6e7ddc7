/** What the headers of a request say, read once; whether it may say so is for checkRequest to decide. */

export interface RequestFacts {
  /** The names of the headers in lower case, in their order. */
  readonly names: readonly string[];
  readonly hosts: readonly string[];
  readonly contentLength: string | undefined;
  readonly transferEncoding: string | undefined;
  /** What Connection names, in lower case. */
  readonly connectionTokens: readonly string[];
  readonly expect: string | undefined;
  readonly maxForwards: string | undefined;
  readonly via: string | undefined;
  /** Undefined if there are several, since then none of them counts. */
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
}

const NONE: readonly string[] = [];

/** Never throws. `rawHeaders` holds name and value by turns. */
export function collectFacts(rawHeaders: readonly string[]): RequestFacts {
  const names: string[] = [];
  const hosts: string[] = [];
  let contentLength: string | undefined;
  let transferEncoding: string | undefined;
  let connectionTokens: string[] | undefined;
  let expect: string | undefined;
  let maxForwards: string | undefined;
  let via: string | undefined;
  const requestIds: string[] = [];
  const traceparents: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    names.push(name);
    switch (name) {
      case 'host':
        hosts.push(value);
        break;
      case 'content-length':
        contentLength = append(contentLength, value);
        break;
      case 'transfer-encoding':
        transferEncoding = append(transferEncoding, value);
        break;
      case 'connection':
        connectionTokens ??= [];
        for (const token of value.split(',')) connectionTokens.push(token.trim().toLowerCase());
        break;
      case 'expect':
        expect = append(expect, value);
        break;
      case 'max-forwards':
        maxForwards = append(maxForwards, value);
        break;
      case 'via':
        via = append(via, value);
        break;
      case 'x-request-id':
        requestIds.push(value);
        break;
      case 'traceparent':
        traceparents.push(value);
        break;
      default:
    }
  }
  return {
    names,
    hosts,
    contentLength,
    transferEncoding,
    connectionTokens: connectionTokens ?? NONE,
    expect,
    maxForwards,
    via,
    requestId: requestIds.length === 1 ? requestIds[0] : undefined,
    traceparent: traceparents.length === 1 ? traceparents[0] : undefined,
  };
}

function append(list: string | undefined, value: string): string {
  return list === undefined ? value : `${list}, ${value}`;
}
