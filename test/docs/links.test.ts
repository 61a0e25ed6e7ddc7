import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findBrokenLinks, markdownFiles } from './broken-links.ts';
import { anchorsOf, linksOf } from './markdown.ts';

const ROOT = join(import.meta.dirname, '../..');

test('every link between the files of the repository leads somewhere', () => {
  expect(markdownFiles(ROOT)).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'manifests/README.md']));
  expect(findBrokenLinks(ROOT)).toEqual([]);
});

describe('findBrokenLinks', () => {
  test('accepts files, folders, headings, lines and other sites', () => {
    const root = makeFolder({
      'README.md': [
        '# Top',
        '[a](docs/a.md) [b](docs/a.md#second-part) [c](#top) [d](docs) [e](/docs/a.md) [f](docs/program.ts#L2)',
        '[g](docs/program.ts#L1-L2) [h](https://example.com/none#none) [i](mailto:a@example.com) [j](<docs/b c.md>)',
        '[k](docs/b%20c.md)',
      ].join('\n'),
      'docs/a.md': '## Second part\n\n[up](../README.md#top)\n',
      'docs/b c.md': '',
      'docs/program.ts': 'one\ntwo\n',
    });
    expect(findBrokenLinks(root)).toEqual([]);
  });

  test('tells file, line, target and what is wrong', () => {
    const root = makeFolder({
      'README.md': [
        '[a](none.md)',
        '[b](docs/a.md#nothing)',
        '[c](#nothing)',
        '[d](../secret.md)',
        '[e](docs#a)',
        '[f](docs/program.ts#L3)',
        '[g](docs/program.ts#main)',
        '![h](none.png)',
        '<a href="none.html">i</a>',
        '',
        '[j]: none.txt',
      ].join('\n'),
      'docs/a.md': '# A\n',
      'docs/program.ts': 'one\ntwo\n',
    });
    expect(findBrokenLinks(root)).toEqual([
      'README.md:1: none.md: there is no such file or folder',
      'README.md:2: docs/a.md#nothing: there is no such heading',
      'README.md:3: #nothing: there is no such heading',
      'README.md:4: ../secret.md: it leads out of the repository',
      'README.md:5: docs#a: a folder has no anchors',
      'README.md:6: docs/program.ts#L3: the file has 2 lines',
      'README.md:7: docs/program.ts#main: only Markdown files have named anchors',
      'README.md:8: none.png: there is no such file or folder',
      'README.md:9: none.html: there is no such file or folder',
      'README.md:11: none.txt: there is no such file or folder',
    ]);
  });

  test('does not look into dependencies', () => {
    const root = makeFolder({ 'node_modules/x/README.md': '[a](none.md)', 'apps/y/node_modules/z.md': '[a](none.md)' });
    expect(findBrokenLinks(root)).toEqual([]);
  });
});

describe('linksOf', () => {
  test('finds a link whose text goes over lines, at the line of its target', () => {
    expect(linksOf('\nsee [the\nmanual](a.md "A title").\n')).toEqual([{ target: 'a.md', line: 3 }]);
  });

  test('finds both links of an image that is a link', () => {
    expect(linksOf('[![state](a.svg)](b.md)').map(({ target }) => target)).toEqual(['a.svg', 'b.md']);
  });

  test('keeps brackets that belong to the target', () => {
    expect(linksOf('[x](a_(b).md)').map(({ target }) => target)).toEqual(['a_(b).md']);
  });

  test.each([
    ['a code span', 'before `[x](a.md)` after'],
    ['a code span with a backtick in it', '``[x](a.md) ` ``'],
    ['fenced code', 'text\n\n```sh\n[x](a.md)\n```\n'],
    ['fenced code that shows fenced code', '````md\n```\n[x](a.md)\n```\n[x](a.md)\n````\n'],
    ['a comment', '<!-- [x](a.md)\n[x](a.md) -->'],
  ])('leaves out %s', (_, text) => {
    expect(linksOf(`${text}\n\n[y](b.md)`).map(({ target }) => target)).toEqual(['b.md']);
  });
});

describe('anchorsOf', () => {
  test.each([
    ['# The way `up` goes', 'the-way-up-goes'],
    ['### `PORT_IN_USE`', 'port_in_use'],
    ['## What it does, and why?', 'what-it-does-and-why'],
    ['## Dots. And — dashes', 'dots-and--dashes'],
    ['## See [the manual](a.md#b) *now*', 'see-the-manual-now'],
    ['## _Very_ snake_case ##', 'very-snake_case'],
    ['## `<FILE>` and <b>tags</b>', 'file-and-tags'],
    ['## Straße 7', 'straße-7'],
  ])('%s is #%s', (heading, anchor) => {
    expect([...anchorsOf(heading)]).toEqual([anchor]);
  });

  test('numbers headings that have the same text', () => {
    expect([...anchorsOf('# A\n## A\n## A 1\n### A\n')]).toEqual(['a', 'a-1', 'a-1-1', 'a-2']);
  });

  test('knows ids in HTML, and no headings in code', () => {
    expect([...anchorsOf('<a id="here"></a>\n\n```sh\n# not a heading\n```\n')]).toEqual(['here']);
  });
});

function makeFolder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'links-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
