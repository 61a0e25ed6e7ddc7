/**
 * What a schema found wrong in a configuration file, in words for whoever wrote it: on which line, at which key, what is
 * there, and what should be there instead.
 */
import * as z from 'zod';
import { formatPath, valueAt, type ConfigDocument, type ConfigPath } from './config-document.ts';
import { findNearMiss } from './near-miss.ts';

type Issue = z.core.$ZodIssue;
type Node = z.core.JSONSchema.JSONSchema;

/** One sentence for each fault, in the order of the file. */
export function describeFaults(error: z.ZodError, document: ConfigDocument, schema: z.ZodType): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node;
  const faults = error.issues.flatMap((issue) => explain(issue, document, root));
  return faults
    .map(({ path, text }) => ({ line: lineNear(document, path), text }))
    .sort((a, b) => a.line - b.line)
    .map(({ line, text }) => `line ${line}: ${text}`);
}

interface Fault {
  readonly path: ConfigPath;
  readonly text: string;
}

function explain(issue: Issue, document: ConfigDocument, root: Node): Fault[] {
  const { path } = issue;
  const value = valueAt(document.value, path);
  const name = path.length === 0 ? 'the file' : formatPath(path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => explainUnknownKey([...path, key], document, root));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, text: `${name} has a name that cannot be used; it ${issue.issues[0]?.message ?? 'is not valid'}` }];
  }
  const expected = isWorded(issue) ? undefined : describeNode(nodeAt(root, path), value);
  if (value === undefined && issue.code === 'invalid_type') {
    return [{ path, text: `${name} is missing; add ${expected ?? 'it'}` }];
  }
  const must = expected === undefined ? issue.message : `must be ${expected}`;
  return [{ path, text: `${name} is ${show(value)}${must.startsWith('must ') ? '; it ' : ': '}${must}` }];
}

function explainUnknownKey(path: ConfigPath, document: ConfigDocument, root: Node): Fault {
  const key = String(path.at(-1));
  const siblings = variants(nodeAt(root, path.slice(0, -1))).flatMap((node) => Object.entries(node.properties ?? {}));
  const known = [...new Set(siblings.map(([name]) => name))];
  const parent = siblings.find(([, node]) => Object.hasOwn(asNode(node).properties ?? {}, key))?.[0];
  const near = findNearMiss(key, known);
  const hint =
    parent !== undefined
      ? `it belongs under "${formatPath([...path.slice(0, -1), parent])}"`
      : near !== undefined
        ? `did you mean "${near}"?`
        : `remove it; the keys there are: ${known.join(', ')}`;
  return {
    path,
    text: `${formatPath(path)} is ${show(valueAt(document.value, path))}, but there is no such key; ${hint}`,
  };
}

/** Whether the schema itself words the message; zod's own words are for programmers. */
function isWorded(issue: Issue): boolean {
  return !/^(Invalid|Too (big|small)|Unrecognized)\b/.test(issue.message);
}

function show(value: unknown): string {
  const text = value === null ? 'empty' : (JSON.stringify(value) ?? 'nothing');
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The line of the value, or of what it is missing from. */
function lineNear(document: ConfigDocument, path: ConfigPath): number {
  for (let length = path.length; length > 0; length -= 1) {
    const line = document.lineOf(path.slice(0, length));
    if (line !== undefined) return line;
  }
  return 1;
}

function nodeAt(root: Node, path: ConfigPath): Node | undefined {
  let nodes: Node[] = [root];
  for (const part of path) {
    nodes = nodes.flatMap(variants).flatMap((node) => {
      const child =
        typeof part === 'number' ? node.items : (node.properties?.[String(part)] ?? node.additionalProperties);
      return typeof child === 'object' && !Array.isArray(child) ? [child] : [];
    });
  }
  return nodes[0];
}

/** A node, or the alternatives that it stands for. */
function variants(node: Node | undefined): Node[] {
  if (node === undefined) return [];
  const alternatives = node.anyOf ?? node.oneOf ?? node.allOf;
  return alternatives === undefined ? [node] : alternatives.map(asNode).flatMap(variants);
}

function asNode(schema: z.core.JSONSchema._JSONSchema): Node {
  return typeof schema === 'object' ? schema : {};
}

/** What a value must be, as the end of "it must be"; undefined where the schema does not say it in simple terms. */
function describeNode(node: Node | undefined, value: unknown): string | undefined {
  if (node?.enum !== undefined) return `one of ${node.enum.map((each) => JSON.stringify(each)).join(', ')}`;
  if (node?.type === 'object') {
    if (node.properties === undefined) return 'a mapping from names of your choice';
    return `a mapping with the keys ${(node.required ?? Object.keys(node.properties)).join(', ')}`;
  }
  if (node?.type === 'array') return node.minItems === undefined ? 'a list' : `a list of at least ${node.minItems}`;
  if (node?.type === 'integer') return `a whole number${describeRange(node)}`;
  if (node?.type === 'number') return `a number${describeRange(node)}`;
  if (node?.type === 'boolean') return 'true or false';
  if (node?.type !== 'string') return undefined;
  return typeof value === 'number' || typeof value === 'boolean' ? 'a text, so put it in quotes' : 'a text';
}

function describeRange({ minimum = -Infinity, maximum = Infinity }: Node): string {
  const hasLeast = minimum > Number.MIN_SAFE_INTEGER;
  const hasMost = maximum < Number.MAX_SAFE_INTEGER;
  if (hasLeast && hasMost) return ` from ${minimum} to ${maximum}`;
  if (hasLeast) return ` of at least ${minimum}`;
  return hasMost ? ` of at most ${maximum}` : '';
}
