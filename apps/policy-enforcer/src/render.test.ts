import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { render } from './render.ts';
import { namespace, NODE, pod, policy } from './test-support/objects.ts';

const pods = [pod('web', '10.244.0.1'), pod('api', '10.244.0.2', { ports: [{ name: 'http', containerPort: 8080 }] })];
const textOf = (...policies: ReturnType<typeof policy>[]) =>
  render(compile({ policies, pods, namespaces: [namespace('shop')] }, NODE));
const linesOf = (text: string) => text.split('\n').map((line) => line.trim());

test('the table is replaced as a whole, whether there was one or not', () => {
  expect(textOf()).toMatch(
    /^add table inet pod_patterns_policies\ndelete table inet pod_patterns_policies\ntable inet pod_patterns_policies \{\n/,
  );
  expect(textOf()).not.toContain('elements');
});

test('a Pod to which a policy applies is sent to the chain of it; what the chain does not allow is dropped', () => {
  const lines = linesOf(textOf(policy('deny', { podSelector: {}, policyTypes: ['Ingress'] })));
  const chain = lines.find((line) => line.startsWith('chain ingress_'))?.split(' ')[1];
  const linesOfChain = (name: string) => {
    const begin = lines.indexOf(`chain ${name} {`);
    return lines.slice(begin + 1, lines.indexOf('}', begin));
  };
  expect(linesOfChain(`${chain}`)).toEqual(['counter drop']);
  expect(linesOfChain('forward').at(-1)).toBe(`ip daddr { 10.244.0.1, 10.244.0.2 } jump ${chain}`);
  expect(linesOfChain('input').at(-1)).toBe('ct state established,related accept');
  expect(lines).toContain('# shop/deny');
});

test('each allowance is one line, in the words of nftables', () => {
  const from = [
    { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
    { podSelector: { matchLabels: { app: 'web' } } },
  ];
  const ports = [{ port: 'http' }, { protocol: 'UDP', port: 100, endPort: 200 }, { protocol: 'SCTP' }];
  const lines = linesOf(
    textOf(
      policy('a', { podSelector: { matchLabels: { app: 'api' } }, ingress: [{ from, ports }] }),
      policy('b', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress: [{ to: from }] }),
    ),
  );
  expect(lines).toEqual(
    expect.arrayContaining([
      'ip saddr { 10.0.0.0/8 } ip saddr != { 10.1.0.0/16 } ip daddr { 10.244.0.2 } tcp dport 8080 return',
      'ip saddr { 10.0.0.0/8 } ip saddr != { 10.1.0.0/16 } udp dport 100-200 return',
      'ip saddr { 10.0.0.0/8 } ip saddr != { 10.1.0.0/16 } meta l4proto sctp return',
      'ip saddr { 10.244.0.1 } ip daddr { 10.244.0.2 } tcp dport 8080 return',
      'ip daddr { 10.0.0.0/8 } ip daddr != { 10.1.0.0/16 } return',
      'ip daddr { 10.244.0.1 } return',
    ]),
  );
});
