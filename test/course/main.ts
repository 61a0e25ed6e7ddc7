/** `npm run lesson -- NN`: goes through one lesson on the running kit, as the tests do, and says what it sees. */
import { runningCluster } from '../../scripts/cli/connection.ts';
import { loadLessons } from '../../scripts/course/lessons.ts';
import { openCourse } from '../../scripts/course/open-course.ts';
import { createHost } from '../../scripts/host/host.ts';
import { root } from '../support/root.ts';
import { playOnCluster } from './play-on-cluster.ts';

const number = Number(process.argv[2]);
const lesson = (await loadLessons()).find((candidate) => candidate.number === number);
if (lesson === undefined) throw new Error(`There is no lesson "${process.argv[2] ?? ''}": npm run lesson -- NN`);

const { signal } = new AbortController();
await using open = await openCourse(await runningCluster(createHost(process.env, signal), root), signal);
const startedAt = performance.now();
await playOnCluster(open, lesson, (text) => process.stdout.write(`${text}\n`));
process.stdout.write(`Lesson ${number} took ${((performance.now() - startedAt) / 1_000).toFixed(0)} s.\n`);
