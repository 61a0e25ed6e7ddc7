import { expect, test } from 'vitest';
import { findNearMiss } from './near-miss.ts';

const KEYS = ['host', 'port', 'poolSize', 'retries', 'connectTimeoutMs', 'requestTimeoutMs', 'requestHeadTimeoutMs'];

test.each([
  ['prot', 'port'],
  ['Port', 'port'],
  ['pool_size', 'poolSize'],
  ['retry', 'retries'],
  ['connectTimeout', 'connectTimeoutMs'],
  ['requestTimeout', 'requestTimeoutMs'],
  ['name', undefined],
  ['', undefined],
])('%j is most likely %j', (word, meant) => {
  expect(findNearMiss(word, KEYS)).toBe(meant);
});
