/** The limit: a program that reads the lines of a file and does nothing with them. Prints how long it took. */
import { openSync, readSync } from 'node:fs';

const file = openSync(process.argv[2] ?? '', 'r');
const buffer = Buffer.allocUnsafe(65_536);
const [begunMs, begunCpu] = [performance.now(), process.cpuUsage()];
let [characters, rest] = [0, ''];
for (let bytes = readSync(file, buffer); bytes > 0; bytes = readSync(file, buffer)) {
  const text = rest + buffer.toString('latin1', 0, bytes);
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    characters += text.slice(start, end).length;
    start = end + 1;
  }
  rest = text.slice(start);
}
const ms = performance.now() - begunMs;
const { user, system } = process.cpuUsage(begunCpu);
const { rss } = process.memoryUsage();
process.stdout.write(`${JSON.stringify({ ms, cpuMs: (user + system) / 1_000, characters, rssBytes: rss })}\n`);
