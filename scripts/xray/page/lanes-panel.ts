/** A card for each container. */
import type { Lane } from '../snapshot.ts';
import { describePairs, formatAgo, formatOffset, ROLE_WORDS } from '../words.ts';
import { html, type Html } from './html.ts';
import type { View } from './panels.ts';

export function lanesPanel({ lanes, pod, takenAt }: View): Html {
  return html`<ol class="lanes">
    ${lanes.map((lane, index) => card(lane, index, pod.createdAt, takenAt))}
  </ol>`;
}

/** The class that gives a container its colour, everywhere on the page. */
export function colourOf(container: string | undefined, lanes: readonly Lane[]): string {
  const index = lanes.findIndex(({ name }) => name === container);
  return index < 0 ? 'c-none' : `c${index % 8}`;
}

function card(lane: Lane, index: number, createdAt: string, takenAt: string): Html {
  const { name, role, state, isReady, restarts, startedAt, lastEnd, checks } = lane;
  const isFine = isReady || state === 'Completed';
  return html`<li class="lane c${index % 8}" data-key="${name}">
    <h3>${name}</h3>
    <p class="quiet">${ROLE_WORDS[role]}</p>
    <p>
      <span class="badge ${isFine ? 'good' : 'bad'}"
        >${state}${!isFine && state === 'Running' ? ', not ready' : ''}</span
      >
      ${restarts > 0 && html`<span class="badge">restarts ${restarts}</span>`}
    </p>
    <dl>
      ${startedAt !== undefined && row('since', `${formatOffset(startedAt, createdAt)} (${formatAgo(startedAt, takenAt)})`)}
      ${lastEnd !== undefined && row('last', `${lastEnd.how}, ${formatAgo(lastEnd.at, takenAt)}`)}
      ${lane.image !== undefined && row('image', lane.image)} ${lane.uid !== undefined && row('UID', String(lane.uid))}
      ${lane.ports.length > 0 && row('ports', lane.ports.join(', '))}
      ${lane.probes.map(({ kind, text }) => row(kind, text))}
      ${Object.keys(lane.requests).length > 0 && row('requests', describePairs(lane.requests))}
      ${Object.keys(lane.limits).length > 0 && row('limits', describePairs(lane.limits))}
      ${Object.entries(checks).map(([check, said]) => row(`says ${check}`, said))}
    </dl>
  </li>`;
}

function row(term: string, text: string): Html {
  return html`<div>
    <dt>${term}</dt>
    <dd>${text}</dd>
  </div>`;
}
