/** The stream of a watch: one JSON object a line. */
import { statusError, type KubeStatus } from './kube-errors.ts';
import type { KubeObject } from './kube-types.ts';

export interface WatchEvent {
  /** A BOOKMARK only carries a new resourceVersion. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
}

/**
 * Reads events until the stream ends. An event of the type ERROR is thrown as a KubeApiError; its status is 410 when
 * the resourceVersion was too old, and the objects must be listed again. A line cut off by the end is dropped: the
 * next watch, from the last version that was seen, brings it again.
 */
export async function* readWatchEvents(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<WatchEvent, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') continue;
      const event = JSON.parse(line) as WatchEvent | { readonly type: 'ERROR'; readonly object: KubeStatus };
      if (event.type === 'ERROR') throw statusError(what, event.object.code ?? 500, JSON.stringify(event.object));
      yield event;
    }
  }
}
