/** One YAML file, read the way kubectl reads it, that knows where each of its values stands. */
import { LineCounter, parseDocument, isNode, isMap, isScalar, type Document } from 'yaml';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';

export interface YamlFile {
  readonly path: string;
  readonly value: unknown;
  /** `file:line:column` of a value, or of the nearest one around it that exists. */
  at(keys: readonly (string | number)[]): string;
}

/** YAML 1.1 beyond what kubectl's parser knows: dates, times and sexagesimal numbers stay text there. */
const NOT_IN_KUBECTL = /:(timestamp|binary|omap|pairs|set)$/;

/**
 * Parses one document. kubectl reads YAML 1.1, so this does too: `defaultMode: 0644` is octal and `on` is true in
 * both. Throws an AppError `MANIFEST_INVALID` with the place of the first fault.
 */
export function parseYamlFile(path: string, text: string): YamlFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter,
    prettyErrors: false,
    customTags: (tags) =>
      tags.filter(
        (tag) =>
          typeof tag === 'string' || (!NOT_IN_KUBECTL.test(tag.tag) && !('format' in tag && tag.format === 'TIME')),
      ),
  });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const [fault] = [...document.errors, ...document.warnings];
  if (fault?.code === 'MULTIPLE_DOCS') {
    throw invalid(at(fault.pos[0]), 'the file holds more than one object', 'Write one object a file, and list each.');
  }
  if (fault !== undefined) throw invalid(at(fault.pos[0]), `not valid YAML: ${fault.message}`, REMEDY);
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw invalid(path, `not valid YAML: ${describeError(error)}`, REMEDY);
  }
  return { path, value, at: (keys) => at(offsetOf(document, keys)) };
}

const REMEDY = 'Correct the YAML there; indent with spaces, never tabs.';

function invalid(where: string, what: string, remedy: string): AppError {
  return new AppError('MANIFEST_INVALID', `${where}: ${what}`, remedy);
}

function offsetOf(document: Document, keys: readonly (string | number)[]): number {
  for (let depth = keys.length; depth > 0; depth -= 1) {
    const parent = depth === 1 ? document.contents : document.getIn(keys.slice(0, depth - 1), true);
    const key = keys[depth - 1];
    // The key itself is where a reader looks first; an item of a list has none.
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    const node = pair?.key ?? document.getIn(keys.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
