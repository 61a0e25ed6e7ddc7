/** The panels of the page, each a function of the snapshot. The report shows the same. */
import type { ActionView, Snapshot } from '../snapshot.ts';
import { formatAgo } from '../words.ts';
import { html, type Html } from './html.ts';
import { lanesPanel } from './lanes-panel.ts';
import { networkPanel } from './network-panel.ts';
import { processesPanel } from './processes-panel.ts';
import { timelinePanel } from './timeline-panel.ts';
import { tracePanel } from './trace-panel.ts';
import { volumesPanel } from './volumes-panel.ts';

/** Without what the page can have done. */
export type View = Omit<Snapshot, 'actions'>;

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export function panelsOf(view: View, actions: readonly ActionView[] = []): readonly Panel[] {
  return [
    { id: 'lanes', title: 'Containers, in the order in which they start', body: lanesPanel(view, actions) },
    { id: 'network', title: 'Who talks to whom', body: networkPanel(view) },
    ...(view.trace === undefined
      ? []
      : [{ id: 'trace', title: 'One request', body: tracePanel(view.trace, view.lanes) }]),
    { id: 'volumes', title: 'Volumes, and who mounts them', body: volumesPanel(view) },
    { id: 'processes', title: 'Processes', body: processesPanel(view) },
    { id: 'timeline', title: 'What has happened', body: timelinePanel(view) },
    ...(view.notes.length === 0 ? [] : [{ id: 'notes', title: 'What cannot be seen', body: notesPanel(view) }]),
  ];
}

/** What stands at the top: which Pod it is, and how it is. */
export function headOf({ pod, namespace, takenAt }: View): Html {
  const isGood = pod.state === 'Running' && pod.readyContainers === pod.totalContainers;
  return html`<h1><span class="kind">Pod</span> ${pod.name}</h1>
    <p class="facts">
      <span class="badge ${isGood ? 'good' : 'bad'}"
        >${pod.state}, ${pod.readyContainers}/${pod.totalContainers} ready</span
      >
      <span>namespace <b>${namespace}</b></span>
      ${pod.node !== undefined && html`<span>node <b>${pod.node}</b></span>`}
      ${pod.address !== undefined && html`<span>address <b>${pod.address}</b></span>`}
      <span>restarts <b>${pod.restarts}</b></span>
      <span>made <b>${formatAgo(pod.createdAt, takenAt)}</b></span>
    </p>`;
}

export function panelHtml({ id, title, body }: Panel): Html {
  return html`<section class="panel" id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section>`;
}

function notesPanel({ notes }: View): Html {
  return html`<ul class="notes">
    ${notes.map((note) => html`<li>${note}</li>`)}
  </ul>`;
}
