import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { askFromPod, countAnswers, lookUpInPod } from './from-pod.ts';
import type { CourseCluster } from './lesson.ts';

const POD = { namespace: 'none', pod: 'this-machine' };

/** The programs for the Pod, run here instead: they need Node.js and a network, and have both. */
const here: Pick<CourseCluster, 'exec'> = {
  exec: async (_target, [, ...argv]) => {
    const child = execFile(process.execPath, argv);
    const [stdout, stderr] = [child.stdout, child.stderr].map(
      async (stream) => (await stream?.toArray())?.join('') ?? '',
    );
    const [exitCode] = (await once(child, 'close')) as [number];
    return { exitCode, stdout: (await stdout) ?? '', stderr: (await stderr) ?? '' };
  },
};

async function serve(statuses: readonly number[]): Promise<{ url: string; connections: () => number }> {
  let [asked, connections] = [0, 0];
  const server = createServer((_request, response) => {
    response.statusCode = statuses[asked % statuses.length] ?? 200;
    asked += 1;
    response.end(`line ${response.statusCode}\nand more`);
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

test('each request has a connection of its own, and answers are counted by status and first line', async () => {
  const { url, connections } = await serve([200, 200, 500]);
  const answers = await askFromPod(here, POD, url, 6);
  expect([...countAnswers(answers)]).toEqual([
    ['line 200', 4],
    ['500 line 500', 2],
  ]);
  expect(connections()).toBe(6);
});

test('a server that does not answer ends it, with the reason', async () => {
  const answers = await askFromPod(here, POD, 'http://127.0.0.1:1', 6);
  expect([...countAnswers(answers)]).toEqual([['failed: ECONNREFUSED', 1]]);
});

test('a name has its addresses, and one that does not exist has none', async () => {
  expect(await lookUpInPod(here, POD, 'localhost')).toContain('127.0.0.1');
  expect(await lookUpInPod(here, POD, 'no-such-name.invalid')).toEqual([]);
});
