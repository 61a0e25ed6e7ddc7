/**
 * Runs in a container beside log-adapter, and shares a folder with it: it writes the log there, at full speed, and is
 * the one that should read the adapter's stdout, a FIFO, but does not until there is a file called `go`. Then it reads
 * all of it and prints what came. Arguments: the folder, the configuration, how many lines it writes.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, constants, existsSync, openSync, readSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder = '', config = '', linesText = ''] = process.argv.slice(2);
const lines = Number(linesText);
const log = `${folder}/app.log`;
const MIB = 2 ** 20;
const STEP = 1_000;

writeFileSync(`${folder}/log-adapter.yaml`, config);
execFileSync('mkfifo', ['--mode=666', `${folder}/stdout`]);
// In both directions, so that it has no end before the adapter has begun.
const fifo = openSync(`${folder}/stdout`, constants.O_RDWR);

for (let piece = 0; piece < 64; piece += 1) appendFileSync(log, 'x'.repeat(MIB));
appendFileSync(log, '\n');
for (let number = 0; number < lines; number += STEP) {
  const texts = Array.from({ length: STEP }, (_, index) => `line ${number + index} ${'.'.repeat(90)}\n`);
  appendFileSync(log, texts.join(''));
}
process.stdout.write('written\n');
while (!existsSync(`${folder}/go`)) await sleep(50);

const buffer = Buffer.alloc(65_536);
const longLines: number[] = [];
let [inOrder, rest] = [0, ''];
while (inOrder < lines) {
  const texts = (rest + buffer.toString('latin1', 0, readSync(fifo, buffer))).split('\n');
  rest = texts.pop() ?? '';
  for (const text of texts) {
    const event = JSON.parse(text) as Record<string, unknown>;
    if (event['service'] !== 'app') continue;
    const msg = String(event['msg']);
    if (event['truncated'] === true) longLines.push(msg.length);
    // What is missing would leave it waiting for ever, so that the test sees it.
    if (msg.startsWith(`line ${inOrder} `)) inOrder += 1;
  }
}
process.stdout.write(`${JSON.stringify({ longLines, inOrder })}\n`);
