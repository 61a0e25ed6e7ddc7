/** What has happened, newest first. */
import type { EntryKind } from '../snapshot.ts';
import { formatOffset } from '../words.ts';
import { html, type Html } from './html.ts';
import { colourOf } from './lanes-panel.ts';
import type { View } from './panels.ts';

const KIND_WORDS: Readonly<Record<EntryKind, string>> = {
  event: 'event',
  state: 'state',
  probe: 'probe',
  restart: 'restart',
  file: 'volume',
  signal: 'signal',
  action: 'you',
};

export function timelinePanel({ timeline, lanes, pod }: View): Html {
  return html`<div class="scroll tall" tabindex="0" role="region" aria-label="Timeline, newest first">
    <ol class="timeline">
      ${timeline.toReversed().map(
        ({ at, kind, container, text, isBad }) =>
          html`<li
            class="${isBad ? 'bad' : 'plain'} ${colourOf(container, lanes)}"
            data-key="${at} ${container ?? ''} ${text}"
          >
            <time datetime="${at}" title="${at}">${formatOffset(at, pod.createdAt)}</time>
            <span class="badge kind-${kind}">${KIND_WORDS[kind]}</span>
            ${container !== undefined && html`<span class="chip">${container}</span>`}
            <span class="text">${text}</span>
          </li>`,
      )}
    </ol>
  </div>`;
}
