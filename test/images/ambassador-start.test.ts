/** How soon the ambassador is ready in its own image, and how much memory it then has. */
import { beforeAll, expect, test } from 'vitest';
import { docker, imageOf, removeLeftovers, TEST_LABEL } from '../support/containers.ts';

/** Of how long a bare server of Node's takes, measured beside it, so that a busy machine is no failure. */
const MAX_START_RATIO = 6;
/** What it has beyond that bare server, which is some 54 MiB, 44 of them pages of Node's own file. */
const MAX_OWN_BYTES = 13 * 2 ** 20;
/** What the kubelet reports as a container's RSS: memory that belongs to no file. */
const MAX_ANONYMOUS_BYTES = 20 * 2 ** 20;

/**
 * Runs inside of the image. By turns: Node with nothing to do, a bare HTTP server, and the program until /readyz says 200;
 * the median of how long in milliseconds, and the most memory that each server had in the second after it was ready.
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
  const BARE_SERVER = "require('node:http').createServer((_, r) => r.end()).listen(9901, '127.0.0.1')";
  const serve = async (args) => {
    const startedAt = performance.now();
    const child = spawn(command[0], args, { stdio: 'ignore' });
    while (!(await isReady())) await sleep(2);
    const readyMs = performance.now() - startedAt;
    let rssBytes = 0, anonymousBytes = 0;
    for (let sample = 0; sample < 10; sample += 1) {
      await sleep(100);
      const status = readFileSync('/proc/' + child.pid + '/status', 'utf8');
      const bytesOf = (name) => Number(new RegExp('^' + name + ':[^0-9]*([0-9]+) kB$', 'm').exec(status)[1]) * 1024;
      rssBytes = Math.max(rssBytes, bytesOf('VmRSS'));
      anonymousBytes = Math.max(anonymousBytes, bytesOf('RssAnon'));
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    return { readyMs, rssBytes, anonymousBytes };
  };
  (async () => {
    const bare = [], servers = [], programs = [];
    await isReady();
    for (let round = 0; round < 7; round += 1) {
      const bareAt = performance.now();
      await once(spawn(command[0], ['-e', '0']), 'exit');
      bare.push(performance.now() - bareAt);
      servers.push(await serve(['-e', BARE_SERVER]));
      programs.push(await serve([...command.slice(1), '--config', '/tmp/ambassador.yaml']));
    }
    const of = (list, key) => median(list.map((entry) => entry[key]));
    console.log(JSON.stringify({
      bareMs: median(bare), bareServerMs: of(servers, 'readyMs'), bareServerBytes: of(servers, 'rssBytes'),
      readyMs: of(programs, 'readyMs'), idleBytes: of(programs, 'rssBytes'), anonymousBytes: of(programs, 'anonymousBytes'),
    }));
  })();`;

interface Figures {
  readonly bareMs: number;
  readonly bareServerMs: number;
  readonly bareServerBytes: number;
  readonly readyMs: number;
  readonly idleBytes: number;
  readonly anonymousBytes: number;
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
  const figures = JSON.parse(printed) as Figures;
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const mib = (value: number) => `${(value / 2 ** 20).toFixed(1)} MiB`;
  process.stdout.write(
    `ambassador: ready after ${ms(figures.readyMs)}, a bare server after ${ms(figures.bareServerMs)}, ` +
      `node alone ends after ${ms(figures.bareMs)}; idle: ${mib(figures.idleBytes)}, ` +
      `of them ${mib(figures.anonymousBytes)} not backed by files; a bare server ${mib(figures.bareServerBytes)}\n`,
  );
  expect(figures.readyMs / figures.bareServerMs).toBeLessThan(MAX_START_RATIO);
  expect(figures.idleBytes - figures.bareServerBytes).toBeLessThanOrEqual(MAX_OWN_BYTES);
  expect(figures.anonymousBytes).toBeLessThanOrEqual(MAX_ANONYMOUS_BYTES);
});
