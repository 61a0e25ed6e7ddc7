import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const MODULE = new URL('line-batch.ts', import.meta.url).href;

function run(code: string) {
  const source = `import { createLineBatch } from '${MODULE}'; const batch = createLineBatch(1); ${code}`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('what is left when the process exits is written then', async () => {
  const child = run(`batch.write('one\\n'); batch.write('two ü\\n'); process.exit(3);`);
  const exited = once(child, 'exit');
  expect(await text(child.stdout)).toBe('one\ntwo ü\n');
  expect(await exited).toStrictEqual([3, null]);
});

test('a line does not wait for others', async () => {
  const child = run(`setInterval(() => undefined, 1_000); batch.write('alone\\n');`);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  expect(chunk.toString()).toBe('alone\n');
});

test('more lines than a pipe holds wait for a slow reader, in order, and none is lost', async () => {
  // Touching process.stdout makes the pipe non-blocking.
  const code = `process.stdout; for (let n = 0; n < 50_000; n += 1) batch.write('line ' + n + '\\n');`;
  const child = run(code);
  await once(child.stdout, 'readable');
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  expect(lines).toStrictEqual(Array.from({ length: 50_000 }, (_, n) => `line ${n}`));
});

test('goes on when nobody reads any more', async () => {
  const child = run(
    `batch.write('one\\n'); setInterval(() => batch.write('more\\n'), 60); setTimeout(process.exit, 400, 0);`,
  );
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  child.stdout.destroy();
  expect(await exited).toStrictEqual([0, null]);
});
