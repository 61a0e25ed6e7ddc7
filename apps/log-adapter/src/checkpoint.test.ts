import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadCheckpoint, openCheckpointStore, type Positions } from './checkpoint.ts';
import { sha256, type SavedPosition } from './position.ts';

const position = (offset: number): SavedPosition => ({
  dev: '1',
  ino: '18446744073709551615',
  offset,
  headBytes: 0,
  headSha256: sha256(Buffer.alloc(0)),
  anchorBytes: 0,
  anchorSha256: sha256(Buffer.alloc(0)),
});

async function createFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'log-adapter-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { folder, file: join(folder, 'positions.json') };
}

function createTestLog() {
  const lines: string[] = [];
  return { lines, log: createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } }) };
}

describe('the checkpoint', () => {
  test('comes back as it was written', async () => {
    const { folder } = await createFolder();
    const { lines, log } = createTestLog();
    let positions: Positions = { '/app.log': [position(1), position(2)] };
    let saved = 0;
    const store = await openCheckpointStore({
      folder,
      log,
      positions: () => positions,
      onSaved: () => (saved += 1),
      onFailure: () => undefined,
    });
    store.touch();
    await store.save();
    expect(await loadCheckpoint(folder, log)).toStrictEqual(positions);
    positions = { '/app.log': [position(3)] };
    await store.save();
    expect(saved).toBe(1);
    store.touch();
    await store.save();
    expect(await loadCheckpoint(folder, log)).toStrictEqual(positions);
    expect(await readdir(folder)).toStrictEqual(['positions.json']);
    expect(lines).toStrictEqual([]);
  });

  test('is written by itself soon after a change', async () => {
    const { folder } = await createFolder();
    const { log } = createTestLog();
    const positions = { '/app.log': [position(1)] };
    const store = await openCheckpointStore({
      folder,
      log,
      positions: () => positions,
      onSaved: () => undefined,
      onFailure: () => undefined,
    });
    store.touch();
    await expect.poll(() => loadCheckpoint(folder, log)).toStrictEqual(positions);
  });

  test('is written at once when many events came, and more of them have to wait for it', async () => {
    const { folder, file } = await createFolder();
    const { log } = createTestLog();
    const store = await openCheckpointStore({
      folder,
      log,
      positions: () => ({ '/app.log': [position(1)] }),
      onSaved: () => undefined,
      onFailure: () => undefined,
      // So long that nothing happens by itself.
      intervalMs: 3_600_000,
      maxEvents: 100,
    });
    store.touch(1);
    await store.save();
    await rm(file);
    store.touch(49);
    expect(store.isFull).toBe(false);
    store.touch(51);
    expect(store.isFull).toBe(true);
    await store.waitForRoom(20_000);
    expect(store.isFull).toBe(false);
    expect(await readFile(file, 'utf8')).toContain('"offset":1');
  });

  test('is none at the first start', async () => {
    const { folder } = await createFolder();
    const { lines, log } = createTestLog();
    expect(await loadCheckpoint(folder, log)).toStrictEqual({});
    expect(lines).toStrictEqual([]);
  });

  test.each([
    ['empty', ''],
    ['all zeros', '\0'.repeat(100)],
    ['half', '{"version":1,"inputs":{"/app.log":[{"dev":"1",'],
    ['of another version', '{"version":2,"inputs":{}}'],
    ['of another shape', '{"version":1,"inputs":{"/app.log":[{"offset":-1}]}}'],
  ])('is none, with a warning, if it is %s', async (_what, text) => {
    const { folder, file } = await createFolder();
    const { lines, log } = createTestLog();
    await writeFile(file, text);
    expect(await loadCheckpoint(folder, log)).toStrictEqual({});
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('the checkpoint cannot be read');
  });
});

describe('a folder that cannot be written', () => {
  test('is told at the start', async () => {
    const { log } = createTestLog();
    const { folder } = await createFolder();
    await writeFile(join(folder, 'file'), '');
    const opening = openCheckpointStore({
      folder: join(folder, 'file', 'state'),
      log,
      positions: () => ({}),
      onSaved: () => undefined,
      onFailure: () => undefined,
    });
    await expect(opening).rejects.toMatchObject({ code: 'STATE_DIR_UNWRITABLE' });
  });

  test('later on is told once, and tried again until it works', async () => {
    const { folder, file } = await createFolder();
    const { lines, log } = createTestLog();
    let failures = 0;
    const store = await openCheckpointStore({
      folder,
      log,
      positions: () => ({ '/app.log': [position(7)] }),
      onSaved: () => undefined,
      onFailure: () => (failures += 1),
      intervalMs: 10,
    });
    // In the way of the file beside.
    await rm(`${file}.new`);
    await mkdir(`${file}.new`);
    store.touch();
    await expect.poll(() => failures).toBeGreaterThan(2);
    // The log does not wait for a disk that has no room for positions.
    store.touch(1_000_000);
    await expect.poll(() => store.isFull).toBe(false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('the checkpoint cannot be written');
    await rm(`${file}.new`, { recursive: true });
    await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain('"offset":7');
  });

  test('keeps the checkpoint before', async () => {
    const { folder, file } = await createFolder();
    const { log } = createTestLog();
    let offset = 1;
    const store = await openCheckpointStore({
      folder,
      log,
      positions: () => ({ '/app.log': [position(offset)] }),
      onSaved: () => undefined,
      onFailure: () => undefined,
    });
    store.touch();
    await store.save();
    await chmod(folder, 0o500);
    await mkdir(`${file}.new`).catch(() => undefined);
    offset = 2;
    store.touch();
    await store.save();
    await chmod(folder, 0o700);
    expect((await loadCheckpoint(folder, log))['/app.log']).toMatchObject([{ offset: 1 }]);
  });
});
