/**
 * What the tests of the documentation need to know of a Markdown file: its links, and the anchors that links may name.
 * It sees less than GitHub does (headings with # only), so what it misses shows as a broken link, never as a good one.
 */

export interface Link {
  /** As it is written. */
  readonly target: string;
  /** Counted from 1. */
  readonly line: number;
}

const LINKS = [
  // [text](target "title"), and images; the text does not matter.
  /\]\(\s*(<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/g,
  // [label]: target
  /^ {0,3}\[[^\]\n]+\]:[ \t]*(<[^<>\n]*>|\S+)/gm,
  /<(?:a|img|source)\b[^>]*?\s(?:href|src)\s*=\s*["']([^"']+)["']/gi,
];

/** Every link of the file but those in code and comments, in the order of the lines. */
export function linksOf(text: string): Link[] {
  const prose = blank(blank(text, BLOCKS), CODE_SPAN);
  const links = LINKS.flatMap((pattern) =>
    [...prose.matchAll(pattern)].map((match) => ({
      target: (match[1] ?? '').replace(/^<(.*)>$/, '$1'),
      line: prose.slice(0, match.index + match[0].length).split('\n').length,
    })),
  );
  return links.sort((a, b) => a.line - b.line);
}

/** The headings of the file as written, with their level and line. */
export function headingsOf(text: string): { readonly level: number; readonly text: string; readonly line: number }[] {
  return blank(text, BLOCKS)
    .split('\n')
    .flatMap((content, index) => {
      const [, marks = '', heading = ''] = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/.exec(content) ?? [];
      return marks === '' ? [] : [{ level: marks.length, text: heading, line: index + 1 }];
    });
}

/** What may follow # in a link to the file: GitHub's slug of each heading, and the ids of HTML elements. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const repeats = new Map<string, number>();
  for (const heading of headingsOf(text)) {
    const slug = slugOf(heading.text);
    let anchor = slug;
    // The second heading of a name gets -1, and so on, past names that are taken already.
    while (anchors.has(anchor)) {
      const repeat = (repeats.get(slug) ?? 0) + 1;
      repeats.set(slug, repeat);
      anchor = `${slug}-${repeat}`;
    }
    anchors.add(anchor);
  }
  const prose = blank(blank(text, BLOCKS), CODE_SPAN);
  for (const [, id = ''] of prose.matchAll(/<[a-z][^>]*?\s(?:id|name)\s*=\s*["']([^"']+)["']/gi)) anchors.add(id);
  return anchors;
}

function slugOf(heading: string): string {
  const parts = heading.split(/(`+[^`]*`+)/);
  // In code nothing is markup; elsewhere only the text of a link counts, and tags and emphasis do not.
  const rendered = parts.map((part, index) =>
    index % 2 === 1
      ? part
      : part
          .replaceAll(/!\[[^\]]*\]\([^)]*\)/g, '')
          .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
          .replaceAll(/<\/?[a-z][^>]*>/gi, '')
          .replaceAll(/(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, ''),
  );
  return rendered
    .join('')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** Fenced code and comments. A fence ends with at least as many of its marks, or with the file. */
const BLOCKS =
  /^[ \t]*(?<fence>`{3,}|~{3,})[^\n`]*\n(?:[^]*?\n)??(?:[ \t]*\k<fence>[`~]*[ \t]*$|(?![^]))|<!--[^]*?-->/gm;

/** May go over lines, but not over the end of a paragraph. */
const CODE_SPAN = /(?<!`)(?<ticks>`+)(?!`)(?:(?!\n[ \t]*\n)[^])*?(?<!`)\k<ticks>(?!`)/g;

/** Replaces what matches by spaces, so that everything else keeps its place. */
function blank(text: string, pattern: RegExp): string {
  return text.replaceAll(pattern, (match) => match.replaceAll(/[^\n]/g, ' '));
}
