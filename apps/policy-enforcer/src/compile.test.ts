import { describe, expect, test } from 'vitest';
import { compile, type ClusterObjects } from './compile.ts';
import type { NetworkPolicy, PolicyPeer, PolicyPort } from './kube-types.ts';
import { namespace, NODE, pod, policy } from './test-support/objects.ts';
import { isReachable, type Connection } from './test-support/reach.ts';

const WEB = '10.244.0.1';
const API = '10.244.0.2';
const DB = '10.244.0.3';
const SPY = '10.244.0.9';
const WORLD = '93.184.215.14';
const named = (containerPort: number) => ({ ports: [{ name: 'http', containerPort }] });

const CLUSTER: ClusterObjects = {
  pods: [
    pod('web', WEB),
    pod('api', API, named(8080)),
    pod('db', DB, { labels: { app: 'db', tier: 'data' }, ...named(9090) }),
    pod('spy', SPY, { namespace: 'other', labels: { app: 'web' } }),
  ],
  namespaces: [namespace('shop', { team: 'a' }), namespace('other', { team: 'b' })],
  policies: [],
};

function reaches(
  policies: readonly NetworkPolicy[],
  connection: Connection,
  objects: Partial<ClusterObjects> = {},
): boolean {
  return isReachable(compile({ ...CLUSTER, ...objects, policies }, NODE), connection);
}

const toApi = (from: readonly PolicyPeer[] | undefined, ports?: readonly PolicyPort[]) =>
  policy('api', {
    podSelector: { matchLabels: { app: 'api' } },
    policyTypes: ['Ingress'],
    ingress: [{ ...(from && { from }), ...(ports && { ports }) }],
  });
const fromApi = (to: readonly PolicyPeer[] | undefined, ports?: readonly PolicyPort[]) =>
  policy('api-out', {
    podSelector: { matchLabels: { app: 'api' } },
    policyTypes: ['Egress'],
    egress: [{ ...(to && { to }), ...(ports && { ports }) }],
  });

test('without a policy everybody reaches everybody', () => {
  expect(compile(CLUSTER, NODE).isolations).toEqual([]);
});

describe('which direction a policy is for', () => {
  const selector = { podSelector: { matchLabels: { app: 'api' } } };

  test.each([
    ['Ingress', { policyTypes: ['Ingress'] }, [false, true]],
    ['Egress', { policyTypes: ['Egress'] }, [true, false]],
    ['both', { policyTypes: ['Ingress', 'Egress'] }, [false, false]],
    ['none is named: Ingress', {}, [false, true]],
    ['none is named, but there are rules for egress', { egress: [] }, [false, false]],
    ['an empty rule allows all', { policyTypes: ['Ingress'], ingress: [{}] }, [true, true]],
  ])('%s', (_, spec, [isIn, isOut]) => {
    const policies = [policy('api', { ...selector, ...spec })];
    expect(reaches(policies, { from: WEB, to: API })).toBe(isIn);
    expect(reaches(policies, { from: API, to: WEB })).toBe(isOut);
    expect(reaches(policies, { from: WEB, to: DB })).toBe(true);
    expect(reaches(policies, { from: API, to: API })).toBe(true);
  });
});

test('policies only add to each other', () => {
  const deny = policy('deny', { podSelector: {}, policyTypes: ['Ingress'] });
  const allow = toApi([{ podSelector: { matchLabels: { app: 'web' } } }]);
  expect(reaches([deny], { from: WEB, to: API })).toBe(false);
  expect(reaches([deny, allow], { from: WEB, to: API })).toBe(true);
  expect(reaches([deny, allow], { from: DB, to: API })).toBe(false);
  expect(reaches([deny, allow], { from: WEB, to: DB })).toBe(false);
});

describe('peers', () => {
  test.each<[string, PolicyPeer[], string[]]>([
    ['a Pod selector means the namespace of the policy', [{ podSelector: { matchLabels: { app: 'web' } } }], [WEB]],
    ['an empty one, all of it', [{ podSelector: {} }], [WEB, DB]],
    ['a namespace selector, all Pods there', [{ namespaceSelector: { matchLabels: { team: 'b' } } }], [SPY]],
    ['an empty one, all namespaces', [{ namespaceSelector: {} }], [WEB, DB, SPY]],
    [
      'both in one peer: both must hold',
      [{ namespaceSelector: { matchLabels: { team: 'b' } }, podSelector: { matchLabels: { app: 'db' } } }],
      [],
    ],
    [
      'in two peers: one is enough',
      [{ namespaceSelector: { matchLabels: { team: 'b' } } }, { podSelector: { matchLabels: { app: 'db' } } }],
      [DB, SPY],
    ],
    ['In', [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'x'] }] } }], [WEB]],
    ['NotIn', [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] } }], [DB]],
    ['Exists', [{ podSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } }], [DB]],
    ['DoesNotExist', [{ podSelector: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] } }], [WEB]],
    ['a block of addresses', [{ ipBlock: { cidr: '10.244.0.0/30' } }], [WEB, DB]],
    ['but for a part of it', [{ ipBlock: { cidr: '10.244.0.0/30', except: ['10.244.0.3/32'] } }], [WEB]],
    ['everything', [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.244.0.0/16'] } }], [WORLD]],
    ['what is no IPv4 block allows nothing', [{ ipBlock: { cidr: '::/0' } }], []],
  ])('%s', (_, peers, expected) => {
    const others = [WEB, DB, SPY, WORLD];
    expect(others.filter((from) => reaches([toApi(peers)], { from, to: API }))).toEqual(expected);
    expect(others.filter((to) => reaches([fromApi(peers)], { from: API, to }))).toEqual(expected);
  });
});

describe('ports', () => {
  test.each<[string, PolicyPort[], [number, 'tcp' | 'udp'][]]>([
    ['a number is TCP', [{ port: 80 }], [[80, 'tcp']]],
    ['of UDP', [{ protocol: 'UDP', port: 53 }], [[53, 'udp']]],
    [
      'a range, both ends included',
      [{ port: 80, endPort: 8080 }],
      [
        [80, 'tcp'],
        [8080, 'tcp'],
      ],
    ],
    [
      'a protocol alone',
      [{ protocol: 'TCP' }],
      [
        [80, 'tcp'],
        [8080, 'tcp'],
        [8081, 'tcp'],
      ],
    ],
    ['a name is the number that the Pod gives to it', [{ port: 'http' }], [[8080, 'tcp']]],
    ['a name that nobody has is no port', [{ port: 'none' }], []],
    ['a name of another protocol', [{ protocol: 'UDP', port: 'http' }], []],
  ])('%s', (_, ports, expected) => {
    const tried = [
      [53, 'udp'],
      [80, 'tcp'],
      [8080, 'tcp'],
      [8081, 'tcp'],
    ] as const;
    const open = tried.filter(([port, protocol]) =>
      reaches([toApi(undefined, ports)], { from: WEB, to: API, port, protocol }),
    );
    expect(open).toEqual(expected);
  });

  test('a name is looked up at each Pod that is called', () => {
    const toAll = policy('all', {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 'http' }] }],
    });
    const fromWeb = policy('web', {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: {} }], ports: [{ port: 'http' }] }],
    });
    for (const policies of [[toAll], [fromWeb], [toAll, fromWeb]]) {
      expect(reaches(policies, { from: WEB, to: API, port: 8080 })).toBe(true);
      expect(reaches(policies, { from: WEB, to: DB, port: 9090 })).toBe(true);
      expect(reaches(policies, { from: WEB, to: DB, port: 8080 })).toBe(false);
    }
  });
});

describe('Pods without an address of their own', () => {
  const deny = policy('deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });

  test.each([
    ['in the network of the node', pod('x', '172.18.0.2', { hostNetwork: true })],
    ['ended', pod('x', '10.244.0.7', { phase: 'Succeeded' })],
    ['not started', pod('x', '')],
    ['on another node', pod('x', '10.244.1.7', { nodeName: 'node-2' })],
  ])('%s: no rules here', (_, odd) => {
    expect(compile({ ...CLUSTER, pods: [odd], policies: [deny] }, NODE).isolations).toEqual([]);
  });

  test('but a Pod on another node may be a peer', () => {
    const pods = [...CLUSTER.pods, pod('far', '10.244.1.7', { nodeName: 'node-2' })];
    const policies = [toApi([{ podSelector: { matchLabels: { app: 'far' } } }])];
    expect(reaches(policies, { from: '10.244.1.7', to: API }, { pods })).toBe(true);
  });
});

test('the order of the objects does not matter', () => {
  const policies = [toApi([{ podSelector: {} }]), policy('deny', { podSelector: {}, policyTypes: ['Ingress'] })];
  const { pods, namespaces } = CLUSTER;
  expect(
    compile({ policies: policies.toReversed(), pods: pods.toReversed(), namespaces: namespaces.toReversed() }, NODE),
  ).toEqual(compile({ policies, pods, namespaces }, NODE));
});

test('an operator that is not known is an error, not a guess', () => {
  const odd = toApi([{ podSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } }]);
  expect(() => compile({ ...CLUSTER, policies: [odd] }, NODE)).toThrow('operator "Gt"');
});
