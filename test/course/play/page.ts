/** The fenced blocks of a lesson's page, each with what its info string says is to be done with it. */

export type Block = { readonly line: number; readonly text: string } & (
  | { readonly kind: 'run'; readonly exitCode: number }
  | { readonly kind: 'output' | 'mermaid' }
  | { readonly kind: 'solution'; readonly check: string }
  | { readonly kind: 'show'; readonly path: string }
  | { readonly kind: 'unknown'; readonly info: string }
);

/**
 * All fenced blocks in the order of the page (CommonMark 0.31, section 4.5, without those in lists and quotes).
 * `line` is that of the opening fence, counted from 1.
 */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; indent: number; fence: string; info: string; content: string[] } | undefined;
  for (const [index, line] of page.split('\n').entries()) {
    if (open === undefined) {
      const groups = /^(?<indent> {0,3})(?<fence>`{3,}|~{3,})(?<info>[^`]*)$/.exec(line)?.groups;
      if (groups === undefined) continue;
      const { indent = '', fence = '', info = '' } = groups;
      open = { line: index + 1, indent: indent.length, fence, info: info.trim(), content: [] };
    } else if (isClosing(line, open.fence)) {
      blocks.push(describe(open));
      open = undefined;
    } else {
      open.content.push(line.replace(new RegExp(`^ {0,${open.indent}}`), ''));
    }
  }
  // A fence that is never closed runs to the end of the page.
  if (open !== undefined) blocks.push(describe(open));
  return blocks;
}

function isClosing(line: string, fence: string): boolean {
  const [, marks] = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line) ?? [];
  return marks !== undefined && marks[0] === fence[0] && marks.length >= fence.length;
}

function describe({ line, info, content }: { line: number; info: string; content: string[] }): Block {
  const text = content.map((row) => `${row}\n`).join('');
  const place = { line, text };
  if (info === 'bash run') return { ...place, kind: 'run', exitCode: 0 };
  if (info === 'text output') return { ...place, kind: 'output' };
  if (info === 'mermaid') return { ...place, kind: 'mermaid' };
  const [, exit] = /^bash run exit=([1-9]\d{0,2})$/.exec(info) ?? [];
  if (exit !== undefined) return { ...place, kind: 'run', exitCode: Number(exit) };
  const [, check] = /^bash solution=([a-z0-9-]+)$/.exec(info) ?? [];
  if (check !== undefined) return { ...place, kind: 'solution', check };
  const [, path] = /^\w+ show=(\S+)$/.exec(info) ?? [];
  if (path !== undefined) return { ...place, kind: 'show', path };
  return { ...place, kind: 'unknown', info };
}
