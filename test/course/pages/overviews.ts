/** What is made of all lessons together: the glossary, and the table of the lessons. */
import { basename } from 'node:path';
import type { Lesson } from '../../../scripts/course/lesson.ts';
import { pagePath } from '../../../scripts/course/lessons.ts';

/** The text of docs/glossary.md: every term, in the order of the alphabet. */
export function renderGlossary(lessons: readonly Lesson[]): string {
  const rows = lessons
    .flatMap((lesson) => lesson.terms.map((term) => ({ ...term, lesson })))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .map(({ name, meaning, ecs, lesson }) => {
      const link = `[${lesson.number}](${basename(pagePath(lesson))})`;
      return `| ${[`**${name}**`, meaning, ecs].map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} | ${link} |`;
    });
  return `# Glossary

Every term that the lessons introduce. This page is made of what they say of themselves
([scripts/course/lessons](../scripts/course/lessons)); a test compares it, and
\`npx vitest run --config test/vitest.config.ts --project unit test/course/pages -u\` writes it anew.

| Term | On Kubernetes | On AWS ECS | Lesson |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** The rows of the lessons' table in docs/README.md. */
export function renderIndex(lessons: readonly Lesson[]): string {
  const rows = lessons.map((lesson) => {
    const { number, title, question, minutes } = lesson;
    return `| [${number}. ${title}](${basename(pagePath(lesson))}) | ${question} | ${minutes} |`;
  });
  return `| Lesson | The question | Minutes |\n|---|---|---|\n${rows.join('\n')}\n`;
}
