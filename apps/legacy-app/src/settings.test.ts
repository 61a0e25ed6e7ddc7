import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseSettings, readSettings, SettingsError } from './settings.ts';

describe('parseSettings', () => {
  test('reads every setting, and skips comments and empty lines', () => {
    const text = `; settings of the order service
# another comment

greeting = Good day = to you
catalog.path = /v2/products.json
  log.file=/tmp/legacy.log\r
log.rotate-bytes = 2048
log.keep = 7
heartbeat.seconds = 1
`;
    expect(parseSettings('legacy.ini', text)).toStrictEqual({
      greeting: 'Good day = to you',
      catalogPath: '/v2/products.json',
      logFile: '/tmp/legacy.log',
      logRotateBytes: 2_048,
      logKeep: 7,
      heartbeatSeconds: 1,
    });
  });

  test('has a default for each setting', () => {
    expect(parseSettings('legacy.ini', '')).toStrictEqual({
      greeting: 'Good day',
      catalogPath: '/products.json',
      logFile: '/var/log/legacy-app/legacy.log',
      logRotateBytes: 65_536,
      logKeep: 3,
      heartbeatSeconds: 5,
    });
  });

  test.each([
    ['greeting', 'legacy.ini:2: expected "key = value", found "greeting"'],
    ['= Hello', 'legacy.ini:2: expected "key = value", found "= Hello"'],
    ['greetings = Hello', 'legacy.ini:2: unknown setting "greetings"'],
    ['__proto__ = Hello', 'legacy.ini:2: unknown setting "__proto__"'],
    ['greeting =', 'legacy.ini:2: greeting has no value'],
    ['log.keep = many', 'legacy.ini:2: log.keep must be a whole number from 1 to 99, not "many"'],
    ['log.keep = 0', 'legacy.ini:2: log.keep must be a whole number from 1 to 99, not "0"'],
    ['log.rotate-bytes = 1e4', 'legacy.ini:2: log.rotate-bytes must be a whole number'],
    ['catalog.path = products.json', 'legacy.ini:2: catalog.path must begin with "/", not "products.json"'],
    ['greeting = a\ngreeting = b', 'legacy.ini:3: greeting is set a second time, first on line 2'],
  ])('says on which line %o is wrong', (line, message) => {
    expect(() => parseSettings('legacy.ini', `; first\n${line}\n`)).toThrow(SettingsError);
    expect(() => parseSettings('legacy.ini', `; first\n${line}\n`)).toThrow(message);
  });
});

describe('readSettings', () => {
  test('reads a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'legacy-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'legacy.ini');
    await writeFile(file, 'greeting = Hello\n');
    expect(await readSettings(file)).toMatchObject({ greeting: 'Hello' });
  });

  test('names the file that is not there', async () => {
    await expect(readSettings('/nowhere/legacy.ini')).rejects.toThrow('/nowhere/legacy.ini: cannot be read: ENOENT');
  });
});
