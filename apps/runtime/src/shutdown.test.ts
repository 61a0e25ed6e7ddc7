import { execa } from 'execa';
import { expect, test } from 'vitest';

/** A program that ends as the kit's programs do: `close` decides how long its orderly end takes. */
function startProgram(close: string, timeoutMs = 10_000) {
  const source = `
    import { exitOnSignals } from '${new URL('shutdown.ts', import.meta.url).href}';
    import { createLogger } from '${new URL('logger.ts', import.meta.url).href}';
    exitOnSignals({ log: createLogger({ service: 'test' }), timeoutMs: ${timeoutMs}, close: ${close} });
    setInterval(() => {}, 1000);
    console.log('started');`;
  const child = execa(process.execPath, ['--input-type=module', '--eval', source], { reject: false });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const printed = (text: string) => expect.poll(() => output, { timeout: 10_000 }).toContain(text);
  return { child, printed };
}

test('the first signal ends it in order, with exit code 0', async () => {
  const { child, printed } = startProgram('async () => {}');
  await printed('started');
  child.kill('SIGTERM');
  const { exitCode, stdout } = await child;
  expect(exitCode).toBe(0);
  expect(stdout).toContain('shut down');
});

test('a second signal ends it at once', async () => {
  const { child, printed } = startProgram('() => new Promise(() => {})');
  await printed('started');
  child.kill('SIGTERM');
  await printed('shutting down');
  child.kill('SIGTERM');
  expect((await child).exitCode).toBe(143);
});

test.each([
  ['fails', "async () => { throw new Error('no') }", 10_000],
  ['takes longer than it may', '() => new Promise(() => {})', 50],
])('an end that %s is told by exit code 1', async (_what, close, timeoutMs) => {
  const { child, printed } = startProgram(close, timeoutMs);
  await printed('started');
  child.kill('SIGTERM');
  expect((await child).exitCode).toBe(1);
});
