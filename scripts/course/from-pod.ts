/** Traffic and names as one Pod sees them. Its container needs Node.js, which the images of the kit's own apps have. */
import type { ContainerTarget, CourseCluster } from './lesson.ts';

/** What came back: a status with the first line of the body, or why nothing did (`ECONNREFUSED`, `no answer`). */
export type Answer = { readonly status: number; readonly line: string } | { readonly error: string };

type Execs = Pick<CourseCluster, 'exec'>;

/** Each request over a connection of its own, one after the other, so that every one is led somewhere anew. */
const ASK = `
const { get } = require('node:http');
const [url, times] = process.argv.slice(1);
const askOnce = () => new Promise((resolve) => {
  const request = get(url, { agent: false, timeout: 10000 }, async (response) => {
    const body = Buffer.concat(await response.toArray()).toString();
    resolve({ status: response.statusCode, line: body.split('\\n')[0] });
  });
  request.on('timeout', () => request.destroy(Object.assign(new Error(), { code: 'no answer' })));
  request.on('error', ({ code }) => resolve({ error: code }));
});
(async () => {
  const answers = [];
  // One that does not answer would not answer the next request either, and each takes seconds.
  while (answers.length < Number(times) && answers.at(-1)?.error === undefined) answers.push(await askOnce());
  console.log(JSON.stringify(answers));
})();
`;

const LOOK_UP = `
require('node:dns').lookup(process.argv[1], { all: true, family: 4 }, (error, found = []) =>
  console.log(JSON.stringify(found.map(({ address }) => address))));
`;

/** Asks until so many answers are there; ends with the first request that failed. */
export async function askFromPod(
  cluster: Execs,
  from: ContainerTarget,
  url: string,
  times = 1,
): Promise<readonly Answer[]> {
  return (await runScript(cluster, from, [ASK, url, String(times)])) as readonly Answer[];
}

/** How often each line was the answer, such as `{ 'version 2 from web-1': 12, 'failed: ECONNREFUSED': 1 }`. */
export function countAnswers(answers: readonly Answer[]): ReadonlyMap<string, number> {
  const names = answers.map((answer) => {
    if ('error' in answer) return `failed: ${answer.error}`;
    return answer.status === 200 ? answer.line : `${answer.status} ${answer.line}`;
  });
  return new Map(Object.entries(Object.groupBy(names, (name) => name)).map(([name, all = []]) => [name, all.length]));
}

/** The IPv4 addresses of a name; none if there is no such name. */
export async function lookUpInPod(cluster: Execs, from: ContainerTarget, name: string): Promise<readonly string[]> {
  return (await runScript(cluster, from, [LOOK_UP, name])) as readonly string[];
}

async function runScript(cluster: Execs, from: ContainerTarget, argv: readonly string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await cluster.exec(from, ['node', '-e', ...argv]);
  if (exitCode !== 0) throw new Error(`node in ${from.pod} ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout);
}
