/** One request through all the programs that have told of it, with a bar for the time that each of them took. */
import type { Lane, Trace, TraceStep } from '../snapshot.ts';
import { html, type Html } from './html.ts';
import { colourOf } from './lanes-panel.ts';

export function tracePanel({ requestId, path, status, steps }: Trace, lanes: readonly Lane[]): Html {
  const begins = steps.map(({ at }) => Date.parse(at));
  const ends = steps.map(({ durationMs = 0 }, index) => (begins[index] ?? 0) + durationMs);
  const first = Math.min(...begins);
  // What an adapter says comes later by as much as it waits for the rest of an event: it is not part of the request.
  const timed = ends.filter((_, index) => steps[index]?.durationMs !== undefined);
  const span = Math.max(1, Math.max(0, ...timed) - first);
  return html`<p>
      <code>GET ${path}</code> ${status === 0 ? 'is under way' : `was answered with ${status}`}; its x-request-id is
      <code>${requestId}</code>
    </p>
    <ol class="steps">
      ${steps.map(
        (step, index) =>
          html`<li class="${colourOf(step.container, lanes)}">
            <p>
              <span class="chip">${step.container}</span>
              <span class="quiet">${timesOf(step, first)}, told in ${step.where}</span>
            </p>
            ${bar(((begins[index] ?? first) - first) / span, (step.durationMs ?? 0) / span)}
            <pre>${step.text}</pre>
          </li>`,
      )}
    </ol>
    ${steps.length === 0 && html`<p class="quiet">No log has told of it yet.</p>`}`;
}

function timesOf({ at, durationMs }: TraceStep, first: number): string {
  const begin = `+${Math.max(0, Date.parse(at) - first)} ms`;
  return durationMs === undefined ? begin : `${begin}, took ${Math.round(durationMs)} ms`;
}

/** From 0 to 1 of the whole time. */
function bar(begin: number, length: number): Html {
  const [x, width] = [Math.min(begin, 0.995) * 1_000, Math.max(length * 1_000, 5)];
  return html`<svg class="bar" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
    <rect x="${x}" y="0" width="${Math.min(width, 1_000 - x)}" height="8" />
  </svg>`;
}
