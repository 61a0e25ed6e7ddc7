/**
 * Lifelines of the containers, with an arrow for each connection to a port that somebody listens on. As a picture, and
 * as a list for those who do not see it.
 */
import type { NetworkView, Wire } from '../snapshot.ts';
import { listenerText, OUTSIDE, UNKNOWN, wireEnds } from '../words.ts';
import { html, type Html } from './html.ts';
import { colourOf } from './lanes-panel.ts';
import type { View } from './panels.ts';

const COLUMN = 136;
const HEAD = 44;
const ROW = 34;

interface Row {
  readonly from: string | undefined;
  readonly to: string;
  readonly label: string;
}

export function networkPanel({ network, lanes }: View): Html {
  const containers = lanes.filter(({ role, state }) => role !== 'pause' && !(role === 'init' && state === 'Completed'));
  const known = [OUTSIDE, ...containers.map(({ name }) => name)];
  const rows = rowsOf(network);
  const isUnknown = rows.some(({ from, to }) => [from, to].includes(UNKNOWN));
  const columns = isUnknown ? [...known, UNKNOWN] : known;
  if (network.listeners.length === 0) return html`<p class="quiet">No container has told of its sockets yet.</p>`;
  // The label of a dot in the last column stands to the right of it.
  const width = (columns.length + 0.7) * COLUMN;
  const height = HEAD + rows.length * ROW + 14;
  const xOf = (name: string) => (columns.indexOf(name) + 0.5) * COLUMN;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Connections, as a picture">
      <svg class="wires" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true">
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
            <path d="M0 0L8 4L0 8z" class="tip" />
          </marker>
        </defs>
        ${columns.map(
          (name) =>
            html`<g class="${colourOf(name, lanes)}">
              <line class="life" x1="${xOf(name)}" x2="${xOf(name)}" y1="${HEAD - 8}" y2="${height}" />
              <rect
                class="box"
                x="${xOf(name) - COLUMN / 2 + 8}"
                y="4"
                width="${COLUMN - 16}"
                height="${HEAD - 14}"
                rx="6"
              />
              <text class="name" x="${xOf(name)}" y="24">${name}</text>
            </g>`,
        )}
        ${rows.map((row, index) => arrow(row, HEAD + (index + 0.65) * ROW, xOf))}
      </svg>
    </div>
    <ul class="unseen">
      ${rows.map(({ from, to, label }) => html`<li>${from === undefined ? `${to} listens` : `${from} to ${to}`}: ${label}</li>`)}
    </ul>
    <p class="quiet">
      A dot is a port that a container listens on; an arrow is a connection that is open. All containers of a Pod share
      one network: 127.0.0.1 is the same for each of them.
    </p>`;
}

function arrow({ from, to, label }: Row, y: number, xOf: (name: string) => number): Html {
  const end = xOf(to);
  const begin = from === undefined ? end : xOf(from);
  const isLeft = begin > end;
  const middle = from === undefined || from === to ? end + 9 : (begin + end) / 2;
  const anchor = from === undefined || from === to ? 'start' : 'middle';
  return html`<g>
    ${begin !== end && html`<line class="wire" x1="${begin}" x2="${end + (isLeft ? 5 : -5)}" y1="${y}" y2="${y}" marker-end="url(#arrow)" />`}
    <circle class="port" cx="${end}" cy="${y}" r="4.5" />
    <text class="label" x="${middle}" y="${y - 6}" text-anchor="${anchor}">${label}</text>
  </g>`;
}

/** One row for each kind of connection, and one for each port that nobody is connected to now. */
function rowsOf({ listeners, wires }: NetworkView): Row[] {
  const quiet = listeners.filter(
    ({ port, container }) => !wires.some((wire) => wire.port === port && wire.to === container),
  );
  return [
    ...wires.map((wire) => ({ port: wire.port, ...wireEnds(wire), label: labelOf(wire) })),
    ...quiet.map((listener) => ({
      port: listener.port,
      from: undefined,
      to: listener.container ?? UNKNOWN,
      label: `${listenerText(listener)}${listener.recent > 0 ? `, ${listener.recent} lately` : ''}`,
    })),
  ].toSorted((one, other) => one.port - other.port);
}

function labelOf({ direction, address, port, count }: Wire): string {
  const times = count > 1 ? ` ×${count}` : '';
  return `${direction === 'in' ? `:${port}` : `${address}:${port}`}${times}`;
}
