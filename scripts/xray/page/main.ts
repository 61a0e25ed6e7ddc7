/** The page at work: follows the server's events, shows each snapshot, and asks for actions. */
import type { Snapshot } from '../snapshot.ts';
import { titleOf } from '../words.ts';
import { html, type Html } from './html.ts';
import { actionButton } from './lanes-panel.ts';
import { morph } from './morph.ts';
import { headOf, panelHtml, panelsOf } from './panels.ts';

const head = byId('head');
const panels = byId('panels');
const actions = byId('actions');
const state = byId('state');
const said = byId('said');

const events = new EventSource('events');
events.addEventListener('snapshot', ({ data }: MessageEvent<string>) => show(JSON.parse(data) as Snapshot));
events.addEventListener('absent', () => setState('waiting', 'There is no such Pod now; waiting for one.'));
events.addEventListener('error', () => setState('lost', 'The x-ray does not answer: it has ended, or is coming back.'));

document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest<HTMLButtonElement>('button[data-action]') : null;
  if (button !== null) void act(button);
});

function show(snapshot: Snapshot): void {
  setState('live', 'live');
  document.title = titleOf(snapshot);
  put(head, headOf(snapshot));
  const { actions: all, ...view } = snapshot;
  put(actions, html`${all.filter(({ container }) => container === undefined).map(actionButton)}`);
  put(panels, html`${panelsOf(view, all).map(panelHtml)}`);
}

async function act(button: HTMLButtonElement): Promise<void> {
  const id = button.dataset['action'] ?? '';
  // Not disabled: that would take the focus away.
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  said.textContent = `${button.textContent} …`;
  try {
    const response = await fetch(`actions/${id}`, { method: 'POST' });
    const { text, error } = (await response.json()) as { text?: string; error?: string };
    said.textContent = text ?? `That did not work: ${error ?? response.status}`;
  } catch {
    said.textContent = 'The x-ray does not answer.';
  } finally {
    button.removeAttribute('aria-busy');
  }
}

function put(element: Element, content: Html): void {
  const template = document.createElement('template');
  template.innerHTML = content.html;
  morph(element, template.content);
}

function setState(name: string, text: string): void {
  if (state.textContent === text) return;
  state.className = name;
  state.textContent = text;
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}
