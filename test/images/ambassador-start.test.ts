/** How soon the ambassador is ready in its own image, and how much memory it then has. */
import { beforeAll, expect, test } from 'vitest';
import { docker, imageOf, removeLeftovers, TEST_LABEL } from '../support/containers.ts';

/** Of how long Node itself takes to start and end, measured beside it, so that a busy machine is no failure. */
const MAX_START_RATIO = 8;
/** What it took when this was written, and a tenth more. Some 45 MiB of it are Node with its HTTP server. */
const MAX_IDLE_BYTES = 86 * 2 ** 20;

/**
 * Runs inside of the image. By turns: Node with nothing to do, and the program until /readyz says 200; the median of each
 * in milliseconds, and the most memory that the program had in the second after it was ready.
 */
const MEASURE = `
  const { spawn } = require('node:child_process');
  const { once } = require('node:events');
  const { readFileSync, writeFileSync } = require('node:fs');
  const { setTimeout: sleep } = require('node:timers/promises');
  const command = process.argv.slice(1);
  writeFileSync('/tmp/ambassador.yaml', JSON.stringify({
    listeners: [{ host: '127.0.0.1', port: 8080, upstream: 'app' }],
    upstreams: { app: { port: 8775 } },
    ops: { host: '127.0.0.1', port: 9901 },
  }));
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const isReady = () => fetch('http://127.0.0.1:9901/readyz').then(({ status }) => status === 200, () => false);
  (async () => {
    const bare = [], ready = [], rss = [];
    await isReady();
    for (let round = 0; round < 7; round += 1) {
      const bareAt = performance.now();
      await once(spawn(command[0], ['-e', '0']), 'exit');
      bare.push(performance.now() - bareAt);
      const startedAt = performance.now();
      const child = spawn(command[0], [...command.slice(1), '--config', '/tmp/ambassador.yaml'], { stdio: 'ignore' });
      while (!(await isReady())) await sleep(2);
      ready.push(performance.now() - startedAt);
      for (let sample = 0; sample < 10; sample += 1) {
        await sleep(100);
        rss.push(Number(/^VmRSS:\\s+(\\d+) kB$/m.exec(readFileSync('/proc/' + child.pid + '/status', 'utf8'))[1]) * 1024);
      }
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    console.log(JSON.stringify({ bareMs: median(bare), readyMs: median(ready), idleBytes: Math.max(...rss) }));
  })();`;

interface Figures {
  readonly bareMs: number;
  readonly readyMs: number;
  readonly idleBytes: number;
}

beforeAll(removeLeftovers);

test('is ready soon after its start, and small while it has nothing to do', async () => {
  const image = imageOf('ambassador');
  const entryPoint = JSON.parse(await docker('inspect', '--format', '{{json .Config.Entrypoint}}', image)) as string[];
  const label = `${TEST_LABEL.name}=${TEST_LABEL.value}`;
  const printed = await docker(
    ...['run', '--rm', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--label', label, '--entrypoint', 'node'],
    ...[image, '-e', MEASURE, ...entryPoint],
  );
  const { bareMs, readyMs, idleBytes } = JSON.parse(printed) as Figures;
  process.stdout.write(
    `ambassador: ready after ${readyMs.toFixed(0)} ms, where node alone takes ${bareMs.toFixed(0)} ms; ` +
      `${(idleBytes / 2 ** 20).toFixed(1)} MiB when idle\n`,
  );
  expect(readyMs / bareMs).toBeLessThan(MAX_START_RATIO);
  expect(idleBytes).toBeLessThanOrEqual(MAX_IDLE_BYTES);
});
