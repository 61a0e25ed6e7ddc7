/** A table of volumes by containers, and below each volume what is in it. */
import type { FileView, VolumeView } from '../snapshot.ts';
import { describeFile, formatAgo } from '../words.ts';
import { html, type Html } from './html.ts';
import { colourOf } from './lanes-panel.ts';
import type { View } from './panels.ts';

/** What was changed so lately is marked. */
const FRESH_MS = 4_000;

export function volumesPanel({ volumes, lanes, takenAt }: View): Html {
  const containers = lanes.filter(({ role }) => role !== 'pause');
  if (volumes.length === 0) return html`<p class="quiet">The Pod has no volumes.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Which container mounts which volume">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">volume</th>
            ${containers.map(({ name }) => html`<th scope="col" class="${colourOf(name, lanes)}">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${volumes.map(
            ({ name, source, mounts }) =>
              html`<tr data-key="${name}">
                <th scope="row">${name}<span class="quiet">${source}</span></th>
                ${containers.map((container) => {
                  const own = mounts.filter((mount) => mount.container === container.name);
                  return html`<td class="${own.length > 0 ? colourOf(container.name, lanes) : 'none'}">
                    ${own.map(
                      ({ path, isReadOnly }) =>
                        html`<span class="mode ${isReadOnly ? 'ro' : 'rw'}">${isReadOnly ? 'ro' : 'rw'}</span>
                          <code>${path}</code>`,
                    )}
                  </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <div class="contents">${volumes.toSorted(sharedFirst).map((volume) => contents(volume, takenAt))}</div>`;
}

function sharedFirst(one: VolumeView, other: VolumeView): number {
  return other.mounts.length - one.mounts.length;
}

function contents({ name, source, files, leftOut, seenBy, mounts }: VolumeView, takenAt: string): Html {
  return html`<details data-key="${name}" ${mounts.length > 1 && html`open`}>
    <summary><b>${name}</b> <span class="quiet">${source}, ${files.length + leftOut} entries</span></summary>
    ${
      seenBy === undefined
        ? html`<p class="quiet">No container that mounts it could be asked.</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Files of ${name}">
              <table class="files">
                <thead class="unseen">
                  <tr>
                    <th scope="col">name</th>
                    <th scope="col">size, or where it points</th>
                    <th scope="col">changed</th>
                    <th scope="col">owner</th>
                  </tr>
                </thead>
                <tbody>
                  ${files.map((file) => fileRow(file, takenAt))}
                </tbody>
              </table>
            </div>
            ${files.length === 0 && html`<p class="quiet">It is empty.</p>`}
            ${leftOut > 0 && html`<p class="quiet">and ${leftOut} older ones</p>`}`
    }
  </details>`;
}

function fileRow(file: FileView, takenAt: string): Html {
  const { path, type, modifiedAt, owner } = file;
  const isFresh = Date.parse(takenAt) - Date.parse(modifiedAt) < FRESH_MS;
  return html`<tr class="${type}${isFresh ? ' fresh' : ''}" data-key="${path}">
    <td><code>${path}</code></td>
    <td>${describeFile(file)}</td>
    <td title="${modifiedAt}">${formatAgo(modifiedAt, takenAt)}</td>
    <td>${owner}</td>
  </tr>`;
}
