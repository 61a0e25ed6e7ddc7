/** The stream of a watch: one JSON object a line. */

export interface WatchedObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string };
}

export interface WatchEvent<Item extends WatchedObject> {
  /** A BOOKMARK only carries a new resourceVersion. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: Item;
}

/** What comes instead of an object when the watch cannot go on. */
interface WatchFailure {
  readonly code?: number;
  readonly message?: string;
}

/**
 * Reads events until the stream ends. For an event of the type ERROR it throws what `toError` makes of its HTTP status and
 * of its text; 410 says that the resourceVersion was too old, and the objects must be listed again. A line cut off by the
 * end is dropped: the next watch, from the last version that was seen, brings it again.
 */
export async function* readWatchEvents<Item extends WatchedObject>(
  chunks: AsyncIterable<Uint8Array>,
  toError: (status: number, body: string) => Error,
): AsyncGenerator<WatchEvent<Item>, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') continue;
      const event = JSON.parse(line) as WatchEvent<Item> | { readonly type: 'ERROR'; readonly object: WatchFailure };
      if (event.type === 'ERROR') throw toError(event.object.code ?? 500, JSON.stringify(event.object));
      yield event;
    }
  }
}
