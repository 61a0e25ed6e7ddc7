import { expect, test } from 'vitest';
import { readSignal, readStep } from './log-signs.ts';

const source = { pattern: 'combined', pod: 'combined-1', container: 'nginx' };
const line = (text: string) => ({ source, time: '2026-11-27T23:28:05.123456789Z', text });
const told = (text: string) => readSignal(line(text))?.text;

test.each([
  [
    '2026/11/27 23:28:05 [notice] 7#7: signal 1 (SIGHUP) received from 29, reconfiguring',
    'PID 7 received SIGHUP from PID 29',
  ],
  ['2026/11/27 23:28:05 [notice] 7#7: signal 3 (SIGQUIT) received, shutting down', 'PID 7 received SIGQUIT'],
  ['2026/11/27 23:28:05 [notice] 7#7: signal 17 (SIGCHLD) received from 8', undefined],
  ['{"msg":"signal sent","process":"nginx","signal":"SIGHUP","target_pid":7}', 'sent SIGHUP to nginx, PID 7'],
  [
    '{"msg":"no process to signal","process":"nginx","signal":"SIGHUP"}',
    'found no process called nginx to send SIGHUP to',
  ],
  ['{"msg":"shutting down","signal":"SIGTERM"}', 'received SIGTERM and shuts down'],
  ['{"msg":"request"', undefined],
  ['hello', undefined],
])('%s', (text, expected) => {
  expect(told(text)).toBe(expected);
});

test('a line of the request says when it began and how long it took; one of another request says nothing', () => {
  const text =
    '{"time":"2026-11-27T23:28:05.100Z","msg":"request","request_id":"r-1","http_status":200,"duration_ms":40}';
  expect(readStep(line(text), 'r-2')).toBeUndefined();
  expect(readStep(line(text), 'r-1')).toEqual({
    at: '2026-11-27T23:28:05.060Z',
    durationMs: 40,
    container: 'nginx',
    where: 'its log',
    text: 'request http_status=200',
  });
});

test('what an adapter made of a line comes when it read that line', () => {
  const text =
    '{"time":"2026-11-27T23:28:05.100Z","observed_time":"2026-11-27T23:28:06.000Z","msg":"m","request_id":"r-1","duration_ms":40}';
  expect(readStep(line(text), 'r-1')).toMatchObject({ at: '2026-11-27T23:28:06.000Z' });
});
