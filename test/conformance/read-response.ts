/** What a client makes of the bytes that it got: interim and final answers in turn, and what is left over. */
import { readBody, readFields, Refusal, valuesOf, type Message } from './message.ts';

export interface ResponseMessage extends Message {
  readonly status: number;
  readonly reason: string;
  /** Whether the body came as long as it was said to be. */
  readonly isComplete: boolean;
}

export interface Answers {
  /** 1xx, other than 101. */
  readonly interim: readonly ResponseMessage[];
  readonly final: readonly ResponseMessage[];
  /** What follows a 101, or could not be read. */
  readonly rest: string;
  /** What is wrong with the rest; undefined if nothing is. */
  readonly fault: string | undefined;
}

/**
 * Reads the answers to requests with these methods, in this order; the last method stands for all that follow.
 * `isClosed`: the connection is, so an answer without a length is whole.
 */
export function readResponses(bytes: string, methods: readonly string[], isClosed: boolean): Answers {
  const interim: ResponseMessage[] = [];
  const final: ResponseMessage[] = [];
  let rest = bytes;
  try {
    while (rest !== '') {
      const headLength = rest.indexOf('\r\n\r\n');
      if (headLength < 0) {
        if (!'HTTP/1.'.startsWith(rest.slice(0, 7))) throw new Refusal('bytes that are no answer');
        break;
      }
      const method = methods[Math.min(final.length, methods.length - 1)] ?? 'GET';
      const { response, length } = readResponse(rest, headLength, method, isClosed);
      rest = rest.slice(length);
      if (response.status >= 200 || response.status === 101) final.push(response);
      else interim.push(response);
      if (response.status === 101) break;
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { interim, final, rest, fault: error.message };
  }
  return { interim, final, rest, fault: undefined };
}

function readResponse(
  bytes: string,
  headLength: number,
  method: string,
  isClosed: boolean,
): { response: ResponseMessage; length: number } {
  const [start = '', ...lines] = bytes.slice(0, headLength).split('\r\n');
  const [, version = '', code = '', reason = ''] = /^(HTTP\/1\.[01]) (\d{3})(?: (.*))?$/.exec(start) ?? [];
  if (code === '') throw new Refusal(`the status line ${JSON.stringify(start)}`);
  const status = Number(code);
  const head = { version, status, reason, fields: readFields(lines) };
  const bodyStart = headLength + 4;
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
    const response = { ...head, framing: 'none', body: '', trailers: [], isComplete: true } as const;
    return { response, length: bodyStart };
  }
  if (valuesOf(head, 'transfer-encoding').length + valuesOf(head, 'content-length').length === 0) {
    const body = bytes.slice(bodyStart);
    const response = { ...head, framing: 'until-close', body, trailers: [], isComplete: isClosed } as const;
    return { response, length: bytes.length };
  }
  const body = readBody(bytes, bodyStart, head);
  if (body !== undefined) return { response: { ...head, ...body, isComplete: true }, length: body.length };
  const part = { body: bytes.slice(bodyStart), trailers: [], isComplete: false };
  const framing = valuesOf(head, 'transfer-encoding').length > 0 ? 'chunked' : 'length';
  return { response: { ...head, ...part, framing }, length: bytes.length };
}

/** Whether the last answer has been read to its end, and nothing odd follows. */
export function countComplete({ final }: Answers): number {
  return final.filter(({ isComplete }) => isComplete).length;
}
