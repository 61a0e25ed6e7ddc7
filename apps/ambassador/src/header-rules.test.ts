import { expect, test } from 'vitest';
import { compileHeaderRules } from './header-rules.ts';

const HEADERS = ['Host', 'a', 'X-A', '1', 'Accept', '*/*', 'x-a', '2'];

test.each([
  ['removes every header of a name, in whatever letter case', { remove: ['X-a'] }, ['Host', 'a', 'Accept', '*/*']],
  [
    'puts one header in place of all of its name, where the first of them was',
    { set: { 'X-A': '3' } },
    ['Host', 'a', 'X-A', '3', 'Accept', '*/*'],
  ],
  ['sets what was not there', { set: { 'X-B': '3' } }, [...HEADERS, 'X-B', '3']],
  ['sets what is removed too', { remove: ['X-A'], set: { 'X-A': '' } }, ['Host', 'a', 'X-A', '', 'Accept', '*/*']],
  ['adds to what is there', { add: { 'X-A': '3', B: '4' } }, [...HEADERS, 'X-A', '3', 'B', '4']],
  ['replaces Host in its place', { set: { host: 'b' } }, ['host', 'b', ...HEADERS.slice(2)]],
])('%s', (_what, rules, expected) => {
  const headers = [...HEADERS];
  expect(compileHeaderRules(rules)?.(headers)).toStrictEqual(expected);
  expect(headers).toStrictEqual(HEADERS);
});

test('an underscore is no way around a rule', () => {
  const apply = compileHeaderRules({ set: { 'X-User': 'me' }, remove: ['X-Admin'] });
  expect(apply?.(['X_User', 'you', 'x_ADMIN', 'yes', 'X-User', 'them'])).toStrictEqual(['X-User', 'me']);
});

test('gives the same each time', () => {
  const apply = compileHeaderRules({ set: { A: '1' } });
  expect(apply?.([])).toStrictEqual(['A', '1']);
  expect(apply?.([])).toStrictEqual(['A', '1']);
});

test.each([[undefined], [{}], [{ set: {}, add: {}, remove: [] }]])('there is nothing to apply in %j', (rules) => {
  expect(compileHeaderRules(rules)).toBeUndefined();
});
