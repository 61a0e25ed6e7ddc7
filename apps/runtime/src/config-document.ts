/** A YAML file as data that still knows on which line each value stands. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { describeError } from './errors.ts';

/** The keys and list positions that lead to a value, from the outside in. */
export type ConfigPath = readonly PropertyKey[];

export interface ConfigDocument {
  readonly value: unknown;
  /** The line, counted from 1, on which the key or the element at a path stands; undefined if the file has none. */
  lineOf(path: ConfigPath): number | undefined;
}

/** Reads a text; throws an Error that says what is wrong in it if it is not YAML. */
export function readDocument(text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: true, lineCounter: lines });
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) throw syntaxError;
  return {
    value: toData(document),
    lineOf(path) {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : lines.linePos(offset).line;
    },
  };
}

/** A path as people write it: `listeners[0].port`. */
export function formatPath(path: ConfigPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const isPlain = /^[\w-]+$/.test(String(part));
      return isPlain ? `${index === 0 ? '' : '.'}${String(part)}` : `[${JSON.stringify(String(part))}]`;
    })
    .join('');
}

/** The value at a path of anything that was parsed; undefined if there is none. */
export function valueAt(value: unknown, path: ConfigPath): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[part];
  }
  return current;
}

function toData(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases of aliases can make a short text into more than fits in memory; the parser gives up first.
    throw new Error(describeError(error), { cause: error });
  }
}

function offsetOf(document: Document, path: ConfigPath): number | undefined {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0];
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined || !isScalar(pair.key)) return undefined;
      offset = pair.key.range?.[0];
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)];
      if (item === undefined) return undefined;
      node = item;
      offset = (item as { range?: [number, number, number] | null }).range?.[0];
    } else {
      return undefined;
    }
  }
  return offset;
}
