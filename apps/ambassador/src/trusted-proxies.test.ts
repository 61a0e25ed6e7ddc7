import { expect, test } from 'vitest';
import { compileTrustedProxies } from './trusted-proxies.ts';

const NETWORKS = ['10.1.0.0/16', '192.0.2.7/32', 'fd00::/8', '::1/128'];

test.each([
  ['10.1.255.3', true],
  ['10.2.0.1', false],
  ['::ffff:10.1.0.1', true],
  ['::ffff:10.2.0.1', false],
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['fd12::1', true],
  ['fe80::1', false],
  ['::1', true],
  ['127.0.0.1', false],
  ['unknown', false],
  ['', false],
])('%s is trusted: %s', (address, isTrusted) => {
  expect(compileTrustedProxies(NETWORKS)(address)).toBe(isTrusted);
});

test('nobody is trusted unless told', () => {
  expect(compileTrustedProxies([])('127.0.0.1')).toBe(false);
});

test('a prefix of 0 is everybody of that family', () => {
  const isTrusted = compileTrustedProxies(['0.0.0.0/0']);
  expect([isTrusted('203.0.113.1'), isTrusted('2001:db8::1')]).toStrictEqual([true, false]);
});
