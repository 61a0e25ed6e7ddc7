import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compileLogPaths } from './log-paths.ts';

function classify(paths: string[], names: string[], { exclude = [] as string[], known = [] as string[] } = {}) {
  const sorted = compileLogPaths(paths, exclude).classify('/log', names, (path) => known.includes(path));
  return Object.fromEntries(Array.from(sorted, ([name, { logPath, label }]) => [name, [logPath, label]]));
}

test('a path in full is one log and its past', () => {
  expect(
    classify(['/log/app.log'], ['app.log', 'app.log.1', 'app.log-20261124', 'app.logger', 'app.log.gz']),
  ).toStrictEqual({
    'app.log': ['/log/app.log', undefined],
    'app.log.1': ['/log/app.log', '1'],
    'app.log-20261124': ['/log/app.log', '20261124'],
  });
});

test('a pattern is many logs, each with its past, although the pattern matches that as well', () => {
  expect(classify(['/log/*.log*'], ['a.log', 'a.log.1', 'b.log', 'c.txt'])).toStrictEqual({
    'a.log': ['/log/a.log', undefined],
    'a.log.1': ['/log/a.log', '1'],
    'b.log': ['/log/b.log', undefined],
  });
});

test('a name that only looks like the past of a log is a log', () => {
  const names = ['worker-1', 'worker-2'];
  expect(classify(['/log/worker*'], names)).toStrictEqual({
    'worker-1': ['/log/worker-1', undefined],
    'worker-2': ['/log/worker-2', undefined],
  });
  expect(classify(['/log/worker*'], names, { known: ['/log/worker'] })).toStrictEqual({
    'worker-1': ['/log/worker', '1'],
    'worker-2': ['/log/worker', '2'],
  });
});

test('a log of a path in full is never the past of another', () => {
  expect(classify(['/log/app', '/log/app-1'], ['app', 'app-1', 'app-2'])).toStrictEqual({
    app: ['/log/app', undefined],
    'app-1': ['/log/app-1', undefined],
    'app-2': ['/log/app', '2'],
  });
});

test.each([
  ['/log/?.log', ['a.log', 'ab.log', '.log'], ['a.log']],
  ['/log/[ab].log', ['a.log', 'c.log', ']'], ['a.log']],
  ['/log/[!ab].log', ['a.log', 'c.log'], ['c.log']],
  ['/log/{access,error}.log', ['access.log', 'error.log', 'debug.log'], ['access.log', 'error.log']],
  ['/log/a+(b).log', ['a+(b).log', 'aab.log'], ['a+(b).log']],
  ['/log/a,b}', ['a,b}', 'a'], ['a,b}']],
])('%s matches what it says', (pattern, names, expected) => {
  expect(Object.keys(classify([pattern], names))).toStrictEqual(expected);
});

test('what is excluded is left out: by name, or by path', () => {
  const names = ['a.log', 'debug.log', 'b.log'];
  expect(Object.keys(classify(['/log/*.log'], names, { exclude: ['debug*'] }))).toStrictEqual(['a.log', 'b.log']);
  expect(Object.keys(classify(['/log/*.log'], names, { exclude: ['/*/a.log'] }))).toStrictEqual(['debug.log', 'b.log']);
});

test('folders may be patterns, too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'log-adapter-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'one', 'log'), { recursive: true });
  await mkdir(join(folder, 'two', 'log'), { recursive: true });
  await mkdir(join(folder, 'two', 'tmp'), { recursive: true });
  const paths = compileLogPaths([`${folder}/*/log/*.log`, `${folder}/app.log`]);
  expect(paths.fixedFolders).toStrictEqual([folder]);
  const folders = [folder, join(folder, 'one', 'log'), join(folder, 'two', 'log')];
  expect((await paths.folders()).toSorted()).toStrictEqual(folders);
  expect([...paths.classify(join(folder, 'one', 'log'), ['a.log', 'a'], () => false).keys()]).toStrictEqual(['a.log']);
  expect([...paths.classify(folder, ['a.log', 'app.log'], () => false).keys()]).toStrictEqual(['app.log']);
});
