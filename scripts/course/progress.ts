/**
 * What the learner has done, in one file of the cache folder: a check passes only as long as what it looks at is there,
 * and a lesson ends with cleaning up.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';
import { writeJsonFile } from '../host/files.ts';
import type { Lesson } from './lesson.ts';

const Progress = z.object({
  /** When each check passed first, by its key. */
  passed: z.record(z.string(), z.iso.datetime()),
  /** Number of the fault that is planted and not mended yet. */
  fault: z.int().optional(),
});

export type CourseProgress = Readonly<z.infer<typeof Progress>>;

const fileIn = (cache: string): string => join(cache, 'course.json');

/** Throws COURSE_PROGRESS_UNREADABLE if the file is there and is not what the kit writes. */
export async function readProgress(cache: string): Promise<CourseProgress> {
  const path = fileIn(cache);
  try {
    return Progress.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { passed: {} };
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : describeError(error);
    throw new AppError(
      'COURSE_PROGRESS_UNREADABLE',
      `what you have done of the course cannot be read from ${path}: ${reason}`,
      `Correct or remove that file, or begin anew: npm run learn -- --reset`,
      { cause: error },
    );
  }
}

export async function writeProgress(cache: string, progress: CourseProgress): Promise<void> {
  await writeJsonFile(fileIn(cache), progress);
}

export async function forgetProgress(cache: string): Promise<void> {
  await rm(fileIn(cache), { force: true });
}

/** The same with what passed just now. */
export function withPassed(progress: CourseProgress, keys: readonly string[], now: Date): CourseProgress {
  const added = Object.fromEntries(keys.map((key) => [key, now.toISOString()]));
  return { ...progress, passed: { ...added, ...progress.passed } };
}

/** How a check is kept: a lesson may be renamed, its number stays. */
export function checkKey({ number }: Pick<Lesson, 'number'>, { id }: { readonly id: string }): string {
  return `${number}/${id}`;
}

/** The same with another fault planted, or none. */
export function withFault({ passed }: CourseProgress, fault: number | undefined): CourseProgress {
  return { passed, ...(fault !== undefined && { fault }) };
}

/** How a fault that was mended is kept. */
export function faultKey({ number }: { readonly number: number }): string {
  return `break/${number}`;
}

/** The first lesson with a task that has not been passed. */
export function nextLesson(lessons: readonly Lesson[], { passed }: CourseProgress): Lesson | undefined {
  return lessons.find((lesson) => lesson.checks.some((check) => !Object.hasOwn(passed, checkKey(lesson, check))));
}
