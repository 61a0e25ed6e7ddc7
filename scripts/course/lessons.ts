/** The lessons there are: one module each in lessons/, found by its name, so that a new lesson is a new file. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Lesson } from './lesson.ts';

const FOLDER = join(import.meta.dirname, 'lessons');

/** All lessons, in the order of their numbers. */
export async function loadLessons(): Promise<readonly Lesson[]> {
  const names = globSync('[0-9][0-9]-*.ts', { cwd: FOLDER }).filter((name) => !name.endsWith('.test.ts'));
  const modules = names.map((name) => import(join(FOLDER, name)) as Promise<{ readonly lesson: Lesson }>);
  return (await Promise.all(modules)).map(({ lesson }) => lesson).sort((a, b) => a.number - b.number);
}

/** `06` */
export function paddedNumber({ number }: Pick<Lesson, 'number'>): string {
  return String(number).padStart(2, '0');
}

/** The page of the lesson, relative to the checkout. */
export function pagePath(lesson: Pick<Lesson, 'number' | 'slug'>): string {
  return `docs/${paddedNumber(lesson)}-${lesson.slug}.md`;
}
