import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Lesson } from './lesson.ts';
import { checkKey, forgetProgress, nextLesson, readProgress, withPassed, writeProgress } from './progress.ts';

function makeCache(): string {
  const folder = mkdtempSync(join(tmpdir(), 'course-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'cache');
}

const NOW = new Date('2026-11-27T12:00:00Z');
const lesson = (number: number, ...ids: string[]) =>
  ({ number, checks: ids.map((id) => ({ id })) }) as unknown as Lesson;

test('what has passed is kept, with the time when it passed first, until it is forgotten', async () => {
  const cache = makeCache();
  expect(await readProgress(cache)).toEqual({ passed: {} });
  await writeProgress(cache, withPassed(await readProgress(cache), ['1/a'], NOW));
  await writeProgress(cache, withPassed(await readProgress(cache), ['1/a', '1/b'], new Date('2027-01-01T00:00:00Z')));
  expect((await readProgress(cache)).passed).toEqual({
    '1/a': '2026-11-27T12:00:00.000Z',
    '1/b': '2027-01-01T00:00:00.000Z',
  });
  await forgetProgress(cache);
  expect(await readProgress(cache)).toEqual({ passed: {} });
});

test.each([
  ['no JSON', '{', /course\.json: .*JSON/],
  ['something else', '{"passed": {"1/a": "yesterday"}}', /passed\["1\/a"\]/],
])('a file with %s in it is an error that says what to do', async (_, text, message) => {
  const cache = makeCache();
  await writeProgress(cache, { passed: {} });
  writeFileSync(join(cache, 'course.json'), text);
  const error: unknown = await readProgress(cache).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'COURSE_PROGRESS_UNREADABLE', message: expect.stringMatching(message) });
});

test('the next lesson is the first with a task that has not passed', () => {
  const lessons = [lesson(0, 'a'), lesson(1, 'a', 'b'), lesson(2, 'a')];
  const passedOf = (...keys: string[]) => withPassed({ passed: {} }, keys, NOW);
  expect(nextLesson(lessons, passedOf())?.number).toBe(0);
  expect(nextLesson(lessons, passedOf('0/a', '1/a'))?.number).toBe(1);
  expect(nextLesson(lessons, passedOf('0/a', '1/a', '1/b'))?.number).toBe(2);
  expect(nextLesson(lessons, passedOf('0/a', '1/a', '1/b', '2/a'))).toBeUndefined();
  expect(checkKey(lesson(1, 'b'), { id: 'b' })).toBe('1/b');
});
