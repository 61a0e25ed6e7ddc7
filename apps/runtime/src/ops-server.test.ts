import { Counter, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { startOpsServer } from './ops-server.ts';

test('probes and metrics answer, and readiness says which condition is not met', async () => {
  const registry = new Registry();
  new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc(3);
  let source = 'not read yet';
  let reload = 'ok';
  await using server = await startOpsServer({
    port: 0,
    host: '127.0.0.1',
    registry,
    readiness: () => ({ source, target: 'ok' }),
    notes: () => ({ reload }),
  });
  const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

  expect((await get('/livez')).status).toBe(200);
  const notReady = await get('/readyz');
  expect(notReady.status).toBe(503);
  expect(await notReady.text()).toBe('- source: not read yet\nnot ready\n');
  source = 'ok';
  expect((await get('/readyz')).status).toBe(200);
  expect(await (await get('/readyz?verbose')).text()).toBe('+ source: ok\n+ target: ok\n+ reload: ok\nready\n');
  // What is wrong with a reload is told, but does not take the Pod out of service.
  reload = 'refused:\n  line 1';
  const verbose = await get('/readyz?verbose');
  expect(verbose.status).toBe(200);
  expect(await verbose.text()).toContain('! reload: refused: line 1\nready\n');
  expect(await (await get('/metrics')).text()).toMatch(/things_total 3\n[^]*process_resident_memory_bytes/);
  expect((await get('/other')).status).toBe(404);
  expect((await get('/livez', 'POST')).status).toBe(405);
});
