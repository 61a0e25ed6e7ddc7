import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadLessons } from '../../../scripts/course/lessons.ts';
import { root } from '../../support/root.ts';
import { renderGlossary, renderIndex } from './overviews.ts';

test('docs/glossary.md has every term of the lessons, and no other', async () => {
  await expect(renderGlossary(await loadLessons())).toMatchFileSnapshot(join(root, 'docs/glossary.md'));
});

test('docs/README.md lists every lesson', async () => {
  expect(readFileSync(join(root, 'docs/README.md'), 'utf8')).toContain(renderIndex(await loadLessons()));
});
