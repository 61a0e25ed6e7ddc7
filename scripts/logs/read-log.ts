/** The log of one container, as the API server streams it. */
import type { KubeClient } from '../deploy/kube-client.ts';
import { createFilter, parseLine, type Cursor, type LogLine, type LogSource } from './log-line.ts';

export interface ReadLogOptions {
  readonly namespace: string;
  readonly source: LogSource;
  /** Of the instance before the present one, which has ended. */
  readonly isPrevious?: boolean;
  /** Goes on with each new line until the container ends or the signal aborts. */
  readonly isFollowed?: boolean;
  /** Only that many of the last lines. */
  readonly tailLines?: number | undefined;
  /** Only lines of the last seconds. */
  readonly sinceSeconds?: number | undefined;
  /** Only lines behind it. */
  readonly cursor?: Cursor | undefined;
  readonly signal: AbortSignal;
}

/** A line that does not end is cut here: a program that writes no line breaks must not fill the memory. */
const MAX_LINE_CHARACTERS = 262_144;

/** Yields each line; throws a KubeApiError if there is no such log. */
export async function* readLog(client: KubeClient, options: ReadLogOptions): AsyncGenerator<LogLine, void, void> {
  const { namespace, source, isPrevious, isFollowed, tailLines, sinceSeconds, cursor, signal } = options;
  const path = `/api/v1/namespaces/${namespace}/pods/${source.pod}/log`;
  const chunks = client.stream(
    path,
    {
      container: source.container,
      timestamps: 'true',
      ...(isPrevious === true && { previous: 'true' }),
      ...(isFollowed === true && { follow: 'true' }),
      ...(tailLines !== undefined && { tailLines: `${tailLines}` }),
      ...(sinceSeconds !== undefined && { sinceSeconds: `${sinceSeconds}` }),
      // Read again from the beginning of its second; the filter drops what was seen.
      ...(cursor !== undefined && { sinceTime: cursor.time.replace(/\.\d+/, '') }),
    },
    signal,
  );
  const isNew = createFilter(cursor);
  for await (const line of splitLines(chunks)) {
    const { time, text } = parseLine(line);
    if (isNew(time)) yield { source, time, text };
  }
}

async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > MAX_LINE_CHARACTERS) {
      yield rest;
      rest = '';
    }
  }
  if (rest !== '') yield rest;
}
