/**
 * Makes what is shown like what should be, and touches nothing else: focus, selection, scroll position and what was
 * folded stay as they are. Elements with a data-key are found again wherever they have moved.
 */
export function morph(shown: Element, wanted: Element | DocumentFragment): void {
  const kept = new Map<string, Element>();
  for (const child of shown.children) {
    const key = keyOf(child);
    if (key !== null) kept.set(key, child);
  }
  let position: ChildNode | null = shown.firstChild;
  for (const next of wanted.childNodes) {
    const match = findMatch(next, position, kept);
    if (match === undefined) {
      shown.insertBefore(next.cloneNode(true), position);
      continue;
    }
    if (match === position) position = position.nextSibling;
    else shown.insertBefore(match, position);
    if (match instanceof Element && next instanceof Element) {
      copyAttributes(match, next);
      morph(match, next);
    } else if (match.nodeValue !== next.nodeValue) match.nodeValue = next.nodeValue;
  }
  while (position !== null) {
    const rest: ChildNode | null = position.nextSibling;
    position.remove();
    position = rest;
  }
}

function findMatch(next: Node, position: ChildNode | null, kept: Map<string, Element>): ChildNode | undefined {
  const key = next instanceof Element ? keyOf(next) : null;
  if (key !== null) {
    const found = kept.get(key);
    kept.delete(key);
    return found;
  }
  const isAlike = position?.nodeName === next.nodeName && !(position instanceof Element && keyOf(position) !== null);
  return isAlike && position !== null ? position : undefined;
}

function keyOf(element: Element): string | null {
  return element.getAttribute('data-key') ?? (element.id || null);
}

/** Set by the reader or by the page itself: whether it is folded, and whether it is at work. */
const LOCAL_ATTRIBUTES = new Set(['open', 'aria-busy']);

function copyAttributes(shown: Element, wanted: Element): void {
  for (const { name, value } of wanted.attributes) {
    if (LOCAL_ATTRIBUTES.has(name) || shown.getAttribute(name) === value) continue;
    shown.setAttribute(name, value);
  }
  for (const { name } of [...shown.attributes]) {
    if (!LOCAL_ATTRIBUTES.has(name) && !wanted.hasAttribute(name)) shown.removeAttribute(name);
  }
}
