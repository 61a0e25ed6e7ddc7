import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { createAnnouncer } from './announcer.ts';
import { startNamedProgram } from '@pod-patterns/runtime/test-support/named-program.ts';

const NAME = `gs-ann-${process.pid}`;
const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const abort = new AbortController().signal;
let root: string;
let statuses: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'git-sync-announcer-'));
  statuses = [];
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function start(settings: { signalProcess?: string; touchFile?: string } = {}) {
  return createAnnouncer({
    hooks: [],
    config: {
      signalProcess:
        settings.signalProcess === undefined ? undefined : { name: settings.signalProcess, argv: undefined },
      touchFile: settings.touchFile,
      signal: 'SIGHUP',
    },
    root,
    // What this process has started would not be found otherwise.
    ownPid: 0,
    now: () => new Date(),
    log: createLogger({ service: 'test', level: 'silent' }),
    metrics: { countSignal: (status) => statuses.push(status) },
  });
}

test('touches the file after the first sync and after each that moved the link', async () => {
  const touched = join(root, 'touched');
  const announcer = start({ touchFile: touched });
  const run = async (previousHash: string, isFirst: boolean) => {
    rmSync(touched, { force: true });
    await announcer.afterSync({ hash: B, previousHash }, isFirst, abort);
    return readdirSync(root).length === 1;
  };
  expect([await run(B, true), await run(B, false), await run(A, false)]).toEqual([true, false, true]);
});

test('what cannot be touched or signalled does not undo the sync', async () => {
  writeFileSync(join(root, 'file'), '');
  const announcer = start({ touchFile: join(root, 'file', 'touched'), signalProcess: `${NAME}-absent` });
  await announcer.beforePublish();
  await expect(announcer.afterSync({ hash: B, previousHash: A }, false, abort)).resolves.toBeUndefined();
  expect(statuses).toEqual(['not_found']);
});

describe.runIf(process.platform === 'linux')('a signal', () => {
  test('is sent when the link has moved, and only then', async () => {
    await using program = await startNamedProgram(NAME);
    const announcer = start({ signalProcess: NAME });
    await announcer.afterSync({ hash: B, previousHash: B }, true, abort);
    await announcer.afterSync({ hash: B, previousHash: B }, false, abort);
    expect(statuses).toEqual([]);
    await announcer.beforePublish();
    await announcer.afterSync({ hash: B, previousHash: A }, false, abort);
    await expect.poll(() => program.received()).toEqual(['master']);
    expect([statuses, readdirSync(root)]).toEqual([['sent'], []]);
  });

  test('that was owed when git-sync was killed is sent after its restart, once', async () => {
    await using program = await startNamedProgram(NAME);
    // The link moves after this, and then git-sync is killed.
    await start({ signalProcess: NAME }).beforePublish();
    const restarted = start({ signalProcess: NAME });
    await restarted.afterSync({ hash: B, previousHash: B }, true, abort);
    await expect.poll(() => program.received()).toEqual(['master']);
    await start({ signalProcess: NAME }).afterSync({ hash: B, previousHash: B }, true, abort);
    expect(statuses).toEqual(['sent']);
  });
});
