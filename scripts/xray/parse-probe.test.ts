/** probe.sh itself, run on this machine: what it prints is what is parsed. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { viewNetwork } from './network.ts';
import { parseProbe, type ProbeReading } from './parse-probe.ts';
import { PROBE_NAME, viewProcesses } from './processes.ts';

const MARK = 'c0ffee';
const stack = new AsyncDisposableStack();
const server = createServer();
let folder: string;
let text: string;
let reading: ProbeReading;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
  stack.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'plain'), '12345');
  // Names that would end a section or forge a line, if they could.
  await writeFile(join(folder, `two\nlines\t@${MARK}x end`), '');
  await symlink('plain', join(folder, 'link'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await Promise.all([once(client, 'connect'), once(server, 'connection')]);
  stack.defer(() => {
    client.destroy();
    server.close();
  });
  const script = await readFile(new URL('probe.sh', import.meta.url), 'utf8');
  // As it runs in a container: the script is an argument.
  const { stdout } = await execa('sh', ['-c', script, PROBE_NAME, MARK, folder], {
    input: '\n',
  });
  text = stdout;
  reading = parseProbe(text, MARK);
});

afterAll(() => stack.disposeAsync());

test('one line on stdin is one look, and the end of stdin is its end', () => {
  expect(text.split(`\n@${MARK} end`)).toHaveLength(2);
});

test('files with their size, links with their target, and names as odd as they may be', () => {
  const files = new Map(reading.files.map(({ path, ...file }) => [path.slice(folder.length + 1), file]));
  expect(files.get('plain')).toMatchObject({ type: 'file', sizeBytes: 5, uid: process.getuid?.() });
  expect(files.get('link')).toMatchObject({ type: 'link', target: 'plain' });
  expect([...files.keys()].sort()).toEqual(['link', 'plain', `two\nlines\t@${MARK}x end`]);
  expect(Math.abs((files.get('plain')?.modifiedMs ?? 0) - Date.now())).toBeLessThan(600_000);
});

test('a connection within is one wire, from the one who asks to the one who listens', () => {
  const { port } = server.address() as AddressInfo;
  const owners = new Map(
    [...reading.socketPids].map(([inode, pid]) => [inode, pid === process.pid ? 'this test' : 'another']),
  );
  const { listeners, wires } = viewNetwork({ sockets: reading.sockets, owners });
  expect(listeners).toContainEqual({ container: 'this test', address: '127.0.0.1', port, recent: 0 });
  expect(wires.filter((wire) => wire.port === port)).toEqual([
    { direction: 'within', from: 'this test', to: 'this test', address: '127.0.0.1', port, count: 1 },
  ]);
});

test('the process tree has this process, below its parent, and not the shells of the x-ray', () => {
  const context = { isShared: false, names: new Map<string, string>(), secretive: new Set<string>() };
  const view = viewProcesses([{ container: 'here', processes: reading.processes }], context);
  const own = view.processes.find(({ pid }) => pid === process.pid);
  const parent = view.processes.find(({ pid }) => pid === process.ppid);
  expect(own).toMatchObject({ parentPid: process.ppid, uid: process.getuid?.(), container: 'here' });
  expect(own?.depth).toBe((parent?.depth ?? Number.NaN) + 1);
  expect(view.leftOut).toBeGreaterThan(0);
  expect(view.processes.filter(({ command }) => command.includes(PROBE_NAME))).toEqual([]);
});

test('of a container that holds a Secret only the programs are shown', () => {
  const context = { isShared: false, names: new Map<string, string>(), secretive: new Set(['here']) };
  const { processes } = viewProcesses([{ container: 'here', processes: reading.processes }], context);
  const own = processes.find(({ pid }) => pid === process.pid);
  expect(own?.command).not.toContain(' ');
});

test.each([
  '',
  'nonsense',
  `\n@${MARK} sockets\n  0: ZZ:1 2:3\n@${MARK} files\n\0\0x\0\n@${MARK} processes\n/proc/x/status:`,
])('nonsense is no reading, and no error: %j', (nonsense) => {
  const { sockets, processes, files } = parseProbe(nonsense, MARK);
  expect({ sockets, processes, files }).toEqual({ sockets: [], processes: [], files: [] });
});
