/** The report as one HTML file that needs nothing else: no script, and its style within. */
import { createHash } from 'node:crypto';
import { formatDuration } from '../cli/progress.ts';
import { html, type Html } from '../xray/page/html.ts';
import { headOf, panelHtml, panelsOf } from '../xray/page/panels.ts';
import { formatAgo } from '../xray/words.ts';
import type { ClusterReport, Report } from './report.ts';
import type { UpRun } from './up-runs.ts';

export function renderReport(report: Report, style: string): string {
  const { takenAt, versions, findings, runs, absent, cluster, snapshot } = report;
  const hash = createHash('sha256').update(style).digest('base64');
  const body = html`<header>
      <p class="brand">pod-patterns report</p>
      ${snapshot === undefined ? html`<h1>${absent ?? 'No Pod was looked into'}</h1>` : headOf(snapshot)}
      <p class="quiet">Taken at ${takenAt}. No value of a Secret was read; what looks like one is hidden.</p>
    </header>
    <main>
      ${section('versions', 'Versions', table(['what', 'version'], Object.entries(versions)))}
      ${section(
        'doctor',
        'Doctor',
        table(
          ['check', 'state', 'found', 'what to do'],
          findings.map(({ check, state, found, fix = '' }) => [check, state, found, fix]),
        ),
      )}
      ${runs.length > 0 && section('runs', 'How long npm run up took', runTable(runs))}
      ${cluster !== undefined && section('pods', 'Pods, and how long they took', podTable(cluster, takenAt))}
      ${snapshot !== undefined && panelsOf(snapshot).map(panelHtml)}
      ${cluster !== undefined && section('events', 'Events', eventTable(cluster))}
      ${cluster !== undefined && section('objects', 'Objects', objectList(cluster))}
    </main>`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'sha256-${hash}'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>pod-patterns report</title><style>${style}</style></head>`,
    `<body>${body.html}</body></html>`,
    '',
  ].join('\n');
}

function section(id: string, title: string, body: Html): Html {
  return panelHtml({ id: `report-${id}`, title, body });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${head.join(', ')}">
    <table>
      <thead>
        <tr>
          ${head.map((text) => html`<th scope="col">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((text) => html`<td>${text}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** One column a step, in the order of the steps. */
function runTable(runs: readonly UpRun[]): Html {
  const steps = [...new Set(runs.flatMap(({ durations }) => Object.keys(durations)))];
  return table(
    ['started', 'ended', 'in all', ...steps],
    runs.map(({ startedAt, ok, durations }) => [
      startedAt,
      ok ? 'well' : `at ${Object.keys(durations).at(-1) ?? ''}`,
      formatDuration(Object.values(durations).reduce((sum, seconds) => sum + seconds, 0)),
      ...steps.map((step) => (durations[step] === undefined ? '' : formatDuration(durations[step]))),
    ]),
  );
}

function podTable({ pods }: ClusterReport, takenAt: string): Html {
  const seconds = (value: number | undefined) => (value === undefined ? '' : `+${value} s`);
  return table(
    ['Pod', 'phase', 'made', 'has a node', 'containers started', 'ready'],
    pods.map(({ name, phase, createdAt, scheduled, containers, ready }) => [
      ...[name, phase, formatAgo(createdAt, takenAt), seconds(scheduled)],
      containers
        .map(
          (one) =>
            `${one.name} ${seconds(one.started) || 'not'}${one.restarts > 0 ? ` (restarts ${one.restarts})` : ''}`,
        )
        .join(', '),
      seconds(ready),
    ]),
  );
}

function eventTable({ events }: ClusterReport): Html {
  return table(
    ['time', 'object', 'event'],
    events.map(({ at, object, text }) => [at, object, text]),
  );
}

function objectList({ objects }: ClusterReport): Html {
  return html`${objects.map(
    ({ name, yaml }) =>
      html`<details>
        <summary>${name}</summary>
        <pre class="scroll" tabindex="0">${yaml}</pre>
      </details>`,
  )}`;
}
