/**
 * The header rules of a listener, compiled once. Names are compared without regard to letter case, and an underscore
 * counts as a hyphen: to an app that reads headers as CGI variables they are the same, so a client could otherwise get
 * past a rule by spelling a name in another way.
 */
import type { HeaderRules } from './config.ts';
import type { ApplyHeaderRules } from './route.ts';

/**
 * What turns one list of names and values by turns into another: removes, then sets, then adds. A header that is set
 * takes the place of the first of its name. Undefined if there is nothing to do.
 */
export function compileHeaderRules(rules: HeaderRules | undefined): ApplyHeaderRules | undefined {
  const removed = new Set(rules?.remove?.map(toKey));
  const set = new Map(Object.entries(rules?.set ?? {}).map((pair) => [toKey(pair[0]), pair] as const));
  const added = Object.entries(rules?.add ?? {}).flat();
  if (removed.size === 0 && set.size === 0 && added.length === 0) return undefined;

  return (headers) => {
    const changed: string[] = [];
    const missing = new Map(set);
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const name = headers[index] ?? '';
      const key = toKey(name);
      const replacement = set.get(key);
      if (replacement !== undefined) {
        if (missing.delete(key)) changed.push(...replacement);
      } else if (!removed.has(key)) {
        changed.push(name, headers[index + 1] ?? '');
      }
    }
    for (const pair of missing.values()) changed.push(...pair);
    changed.push(...added);
    return changed;
  };
}

function toKey(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
