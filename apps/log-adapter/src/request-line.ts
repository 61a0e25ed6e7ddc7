/** The request line of HTTP, as servers write it into their logs. */

export interface RequestLine {
  readonly http_method: string | undefined;
  readonly url_path: string | undefined;
  readonly url_query: string | undefined;
  readonly http_version: string | undefined;
}

const NONE: RequestLine = {
  http_method: undefined,
  url_path: undefined,
  url_query: undefined,
  http_version: undefined,
};

/** `GET /a?b HTTP/1.1` in its parts; none of them if it is not of that form, as what a port scanner sends. */
export function parseRequestLine(text: string): RequestLine {
  const methodEnd = text.indexOf(' ');
  const targetEnd = text.startsWith(' HTTP/', text.length - 9) ? text.length - 9 : text.lastIndexOf(' HTTP/');
  if (methodEnd <= 0 || targetEnd <= methodEnd) return NONE;
  const queryStart = text.indexOf('?', methodEnd);
  const hasQuery = queryStart > 0 && queryStart < targetEnd;
  return {
    http_method: text.slice(0, methodEnd),
    url_path: text.slice(methodEnd + 1, hasQuery ? queryStart : targetEnd),
    url_query: hasQuery ? text.slice(queryStart + 1, targetEnd) : undefined,
    http_version: text.slice(targetEnd + 6),
  };
}
