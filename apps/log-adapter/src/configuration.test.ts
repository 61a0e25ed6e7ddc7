/** What a configuration does in the program: looked at by a command, and at work. */
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { AdapterProcess, createWorkspace, runAdapter, until, writeConfig } from './test-support.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('the configuration can be looked at without following anything', () => {
  test('validate says whether it can be used', async () => {
    const good = await createWorkspace();
    expect(await runAdapter('validate', good.configFile)).toMatchObject({
      code: 0,
      stdout: `${good.configFile} can be used: ${good.logFile}\n`,
    });
    const bad = await createWorkspace({ parser: { type: 'regex', pattern: 'a(?=b)' } });
    const { code, stderr } = await runAdapter('validate', bad.configFile);
    expect([code, stderr]).toStrictEqual([1, expect.stringContaining('at character 2, (?=b) is a look-ahead')]);
  });

  test('explain says what becomes of a sample', async () => {
    const workspace = await createWorkspace({ parser: { type: 'json' } });
    const explaining = runAdapter('explain', workspace.configFile);
    explaining.child.stdin?.end('{"msg":"hello"}\nno JSON\n');
    const { code, stdout } = await explaining;
    expect(code).toBe(0);
    expect(stdout).toContain('event 1, 1 line: as json says\n  {"level":"info",');
    expect(stdout).toContain('event 2, 1 line: its raw text\n  not json: not_json at line 1, column 1: expected');
    expect(await runAdapter('explain', workspace.configFile, '--input', 'web')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no input "web"'),
    });
  });

  test('schema prints the JSON Schema', async () => {
    const { code, stdout } = await runAdapter('schema');
    expect([code, JSON.parse(stdout)]).toStrictEqual([0, expect.objectContaining({ type: 'object' })]);
  });
});

describe('what the configuration says of all events', () => {
  test('is in them, in the schema, without secrets, counted, and changes while it runs', async () => {
    const workspace = await createWorkspace();
    const labels = join(workspace.folder, 'labels');
    await writeFile(labels, 'app="web"\n');
    const enrichment = { env: { node: 'HOME' }, files: { labels } };
    const metrics = [{ name: 'paid_total', type: 'counter', labels: ['shop'] }];
    const input = { parser: { type: 'json' } };
    await writeConfig(workspace, input, { schema: 'ecs', enrichment, metrics });
    const adapter = await new AdapterProcess(workspace.configFile).started();
    await appendFile(workspace.logFile, '{"msg":"paid","shop":"tea","password":"c4nary"}\n');
    await adapter.hasEvents(1);
    expect(adapter.events[0]).toMatchObject({
      message: 'paid',
      'service.name': 'app',
      'host.name': process.env['HOME'],
      'labels.labels_app': 'web',
      'labels.shop': 'tea',
      'labels.password': '[redacted]',
    });
    expect(await adapter.metric('paid_total')).toBe(1);
    await writeConfig(workspace, input, { enrichment, metrics: [...metrics, { name: 'all_total', type: 'counter' }] });
    await until(() => adapter.said('using the new configuration') !== undefined, 'it has read the file again');
    await appendFile(workspace.logFile, '{"msg":"paid","shop":"tea"}\n');
    await adapter.hasEvents(2);
    expect(adapter.events[1]).toMatchObject({ msg: 'paid', service: 'app', labels_app: 'web', shop: 'tea' });
    expect([await adapter.metric('paid_total'), await adapter.metric('all_total')]).toStrictEqual([2, 1]);
  });
});

test('what a container runtime keeps is read by its lines, not by their parts', async () => {
  const workspace = await createWorkspace({ parser: { type: 'cri', parsers: [{ type: 'json' }] } });
  const adapter = await new AdapterProcess(workspace.configFile).started();
  const line = (stream: string, tag: string, text: string): string =>
    `2026-11-23T22:34:28.1Z ${stream} ${tag} ${text}\n`;
  await appendFile(workspace.logFile, line('stdout', 'P', '{"msg":'));
  await appendFile(workspace.logFile, line('stderr', 'F', 'no JSON') + line('stdout', 'F', '"one"}'));
  await appendFile(workspace.logFile, line('stdout', 'F', '{"msg":"two"}'));
  await adapter.hasEvents(3);
  expect(adapter.events.map((event) => [event['msg'], event['stream']])).toStrictEqual([
    ['one', 'stdout'],
    ['no JSON', 'stderr'],
    ['two', 'stdout'],
  ]);
});
