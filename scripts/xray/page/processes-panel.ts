/** The process tree; of the twin too, side by side, while there is one. */
import type { ProcessNode, ProcessView } from '../snapshot.ts';
import { html, type Html } from './html.ts';
import { colourOf } from './lanes-panel.ts';
import type { View } from './panels.ts';

export function processesPanel({ processes, twin, lanes, pod }: View): Html {
  return html`<div class="trees">
    ${tree(pod.name, processes, lanes)} ${twin !== undefined && tree(twin.name, twin.processes, lanes, twin.state)}
  </div>`;
}

function tree(name: string, { isShared, processes, leftOut }: ProcessView, lanes: View['lanes'], state?: string): Html {
  return html`<div class="tree" data-key="${name}">
    <h3>
      <code>shareProcessNamespace: ${isShared ? 'true' : 'false'}</code>
      <span class="quiet">${name}${state !== undefined && `, ${state}`}</span>
    </h3>
    <p class="quiet">
      ${
        isShared
          ? 'One tree: every container sees all of it, and may signal what runs under its own UID. PID 1 is the Pod’s own pause process.'
          : 'A tree for each container, each with a PID 1 of its own. None sees the others, so none can signal them.'
      }
    </p>
    <div class="scroll" tabindex="0" role="region" aria-label="Processes of ${name}">
      <table class="processes">
        <thead>
          <tr>
            <th scope="col">PID</th>
            <th scope="col">program</th>
            <th scope="col">UID</th>
            <th scope="col">container</th>
          </tr>
        </thead>
        <tbody>
          ${processes.map((node, index) => {
            const isFirst = !isShared && processes[index - 1]?.container !== node.container;
            return processRow(node, lanes, isFirst && index > 0);
          })}
        </tbody>
      </table>
    </div>
    ${processes.length === 0 && html`<p class="quiet">No container has told of its processes yet.</p>`}
    ${leftOut > 0 && html`<p class="quiet">${leftOut} processes of the x-ray itself are left out.</p>`}
  </div>`;
}

function processRow(node: ProcessNode, lanes: View['lanes'], isApart: boolean): Html {
  const { pid, depth, command, uid, container, handles } = node;
  return html`<tr class="${colourOf(container, lanes)}${isApart ? ' apart' : ''}" data-key="${container} ${pid}">
    <td class="number">${pid}</td>
    <td class="program d${Math.min(depth, 5)}">
      <code>${command}</code>
      ${handles.length > 0 && html`<span class="quiet">handles ${handles.map((name) => name.slice(3)).join(' ')}</span>`}
    </td>
    <td class="number">${uid}</td>
    <td><span class="chip">${container}</span></td>
  </tr>`;
}
