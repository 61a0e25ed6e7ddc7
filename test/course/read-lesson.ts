/** A lesson with its page and its wrong solutions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lesson } from '../../scripts/course/lesson.ts';
import { paddedNumber, pagePath } from '../../scripts/course/lessons.ts';
import { root } from '../support/root.ts';
import { blocksOf } from './play/page.ts';
import type { LessonPlay } from './play/play-lesson.ts';
import type { WrongSolution } from './wrong/wrong-solution.ts';

export interface LessonPage extends Pick<LessonPlay, 'path' | 'blocks' | 'wrong'> {
  readonly lesson: Lesson;
  readonly text: string;
}

/** Throws if there is no page, or no wrong solutions. */
export async function readLesson(lesson: Lesson): Promise<LessonPage> {
  const path = pagePath(lesson);
  const module = join(import.meta.dirname, 'wrong', `${paddedNumber(lesson)}-${lesson.slug}.ts`);
  const { wrong } = (await import(module)) as { readonly wrong: readonly WrongSolution[] };
  const text = readFileSync(join(root, path), 'utf8');
  return { lesson, path, text, blocks: blocksOf(text), wrong };
}
