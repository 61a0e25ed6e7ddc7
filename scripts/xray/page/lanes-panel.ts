/** A card for each container. */
import type { ActionView, Lane } from '../snapshot.ts';
import { describePairs, formatAgo, formatOffset, ROLE_WORDS } from '../words.ts';
import { html, type Html } from './html.ts';
import type { View } from './panels.ts';

/** `actions`: those that concern one container stand in its card. */
export function lanesPanel({ lanes, pod, takenAt }: View, actions: readonly ActionView[]): Html {
  return html`<ol class="lanes">
    ${lanes.map((lane, index) => {
      const own = actions.filter(({ container }) => container === lane.name);
      return html`<li class="lane c${index % 8}" data-key="${lane.name}">
        ${card(lane, pod.createdAt, takenAt)} ${own.map(actionButton)}
      </li>`;
    })}
  </ol>`;
}

/** A button, and what it does. */
export function actionButton({ id, label, explanation }: ActionView): Html {
  return html`<div class="action" data-key="${id}">
    <button type="button" data-action="${id}" aria-describedby="about-${id}">${label}</button>
    <p class="quiet" id="about-${id}">${explanation}</p>
  </div>`;
}

/** The class that gives a container its colour, everywhere on the page. */
export function colourOf(container: string | undefined, lanes: readonly Lane[]): string {
  const index = lanes.findIndex(({ name }) => name === container);
  return index < 0 ? 'c-none' : `c${index % 8}`;
}

function card(lane: Lane, createdAt: string, takenAt: string): Html {
  const { name, role, state, isReady, restarts, startedAt, lastEnd, image, uid, ports } = lane;
  const isFine = isReady || state === 'Completed';
  const told = !isFine && state === 'Running' ? 'Running, not ready' : state;
  return html`<h3>${name}</h3>
    <p class="quiet">${ROLE_WORDS[role]}</p>
    <p>
      <span class="badge ${isFine ? 'good' : 'bad'}">${told}</span>
      ${restarts > 0 && html`<span class="badge">restarts ${restarts}</span>`}
    </p>
    <dl>
      ${startedAt !== undefined && row('since', `${formatOffset(startedAt, createdAt)}, ${formatAgo(startedAt, takenAt)}`)}
      ${lastEnd !== undefined && row('last', `${lastEnd.how}, ${formatAgo(lastEnd.at, takenAt)}`)}
      ${uid !== undefined && row('UID', String(uid))} ${ports.length > 0 && row('ports', ports.join(', '))}
      ${Object.entries(lane.checks).map(([check, said]) => row('says', `${check}: ${said}`))}
    </dl>
    ${
      image !== undefined &&
      html`<details>
        <summary>image, probes, resources</summary>
        <dl>
          ${row('image', image)} ${lane.probes.map(({ kind, text }) => row(kind, text))}
          ${Object.keys(lane.requests).length > 0 && row('requests', describePairs(lane.requests))}
          ${Object.keys(lane.limits).length > 0 && row('limits', describePairs(lane.limits))}
        </dl>
      </details>`
    }`;
}

function row(term: string, text: string): Html {
  return html`<div>
    <dt>${term}</dt>
    <dd>${text}</dd>
  </div>`;
}
