/** From a model to a HAProxy that uses it; what HAProxy refuses is taken back, and the last good generation stays. */
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { Haproxy } from './haproxy.ts';
import type { Model } from './model.ts';
import { render, type Ports } from './render.ts';
import type { Store } from './store.ts';

export type Outcome = 'unchanged' | 'used' | 'refused' | 'absent';

export interface Publisher {
  publish(model: Model, signal: AbortSignal): Promise<Outcome>;
  /** The generation that HAProxy refused last, while it is still the one that is wanted. */
  refusedId(): string | undefined;
}

export interface PublisherOptions {
  readonly store: Store;
  readonly haproxy: Haproxy;
  readonly ports: Ports;
  readonly log: Logger;
}

export function createPublisher({ store, haproxy, ports, log }: PublisherOptions): Publisher {
  /** What HAProxy is known to use, or will read when it starts. */
  let publishedId: string | undefined;
  let refusedId: string | undefined;
  return {
    refusedId: () => refusedId,
    async publish(model, signal) {
      const generation = render(model, ports, (id) => store.folderOf(id));
      const { id } = generation;
      const before = await store.current();
      // Asking again for what was refused would only repeat the refusal.
      if (id === refusedId) return 'refused';
      refusedId = undefined;
      if (id === publishedId) return 'unchanged';
      // After a restart the link may lead there already: then it was written to its end, and HAProxy may be reading it.
      if (id !== before) await store.write(generation);
      await store.select(id);
      const outcome = await haproxy.reload(id, signal);
      const counts = { generation: id, routes: model.routes.length, backends: model.backends.length };
      if (outcome !== 'refused') {
        publishedId = id;
        log.info({ ...counts, outcome }, outcome === 'used' ? 'configuration in use' : 'configuration written');
        // The one before may still be read by a process that finishes its requests.
        await store.keep([id, ...(before === undefined ? [] : [before])]);
        return outcome;
      }
      refusedId = id;
      if (before !== undefined) await store.select(before);
      log.error({ ...counts, kept: before }, 'HAProxy refused the configuration: its log says why; the last one stays');
      return outcome;
    },
  };
}
