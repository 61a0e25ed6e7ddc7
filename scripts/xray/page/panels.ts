/** The panels of the page, each a function of the snapshot. The report shows the same. */
import type { Snapshot } from '../snapshot.ts';
import { formatAgo, timeOfDay } from '../words.ts';
import { html, type Html } from './html.ts';
import { lanesPanel } from './lanes-panel.ts';
import { networkPanel } from './network-panel.ts';
import { processesPanel } from './processes-panel.ts';
import { timelinePanel } from './timeline-panel.ts';
import { volumesPanel } from './volumes-panel.ts';

/** Without what the page can have done. */
export type View = Omit<Snapshot, 'actions'>;

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export function panelsOf(view: View): readonly Panel[] {
  return [
    { id: 'lanes', title: 'Containers, in the order in which they start', body: lanesPanel(view) },
    { id: 'network', title: 'Who talks to whom', body: networkPanel(view) },
    ...(view.trace === undefined ? [] : [{ id: 'trace', title: 'One request', body: tracePanel(view.trace) }]),
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

function tracePanel({ requestId, path, status, steps }: NonNullable<View['trace']>): Html {
  const first = Date.parse(steps[0]?.at ?? '');
  return html`<p>
      <code>GET ${path}</code> ${status === 0 ? 'is under way' : `was answered with ${status}`}, x-request-id
      <code>${requestId}</code>
    </p>
    <ol class="steps">
      ${steps.map(
        ({ at, container, where, text }) =>
          html`<li>
            <span class="time" title="${at}">${timeOfDay(at)} +${Math.max(0, Date.parse(at) - first)} ms</span>
            <b>${container}</b> <span class="quiet">${where}</span>
            <pre>${text}</pre>
          </li>`,
      )}
    </ol>
    ${steps.length === 0 && html`<p class="quiet">No log has told of it yet.</p>`}`;
}

function notesPanel({ notes }: View): Html {
  return html`<ul class="notes">
    ${notes.map((note) => html`<li>${note}</li>`)}
  </ul>`;
}
