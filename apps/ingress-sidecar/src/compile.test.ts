import { makeCertificate } from '@pod-patterns/runtime/test-support/certificate.ts';
import { describe, expect, test } from 'vitest';
import { compile } from './compile.ts';
import type { Ingress } from './kube-types.ts';
import { clusterOf, hostIngress, ingress, rule, service, slice, tlsSecret } from './test-support/objects.ts';

const routesOf = (...ingresses: readonly Ingress[]) =>
  compile(clusterOf(ingresses)).model.routes.map(
    ({ host, path, isExact }) => `${host}${path} ${isExact ? 'exact' : 'prefix'}`,
  );
const refusalsOf = (...ingresses: readonly Ingress[]) =>
  compile(clusterOf(ingresses)).refusals.map(({ name, reason, message }) => `${name} ${reason}: ${message}`);

test('each path of a rule is a route; a prefix loses the slash at its end', () => {
  const paths = [
    rule('/a', 'Exact'),
    rule('/b/', 'Prefix'),
    rule('/', 'Prefix'),
    rule(undefined, 'ImplementationSpecific'),
  ];
  expect(routesOf(hostIngress('one', 'shop.example', ...paths))).toEqual([
    'shop.example/a exact',
    'shop.example prefix',
    'shop.example/b prefix',
  ]);
  expect(routesOf(hostIngress('one', undefined, rule('/a', 'Exact')))).toEqual(['/a exact']);
  expect(routesOf(hostIngress('one', '*.shop.example', rule('/a', 'Exact')))).toEqual(['*.shop.example/a exact']);
});

test('of two that want one route the older has it, whatever their order; the other is told whose it is', () => {
  const older = ingress('z', { rules: [{ host: 'a.example', http: { paths: [rule('/', 'Prefix')] } }] });
  const younger = ingress(
    'a',
    { rules: [{ host: 'a.example', http: { paths: [rule('/', 'Prefix', 'other')] } }] },
    '2026-02-02T00:00:00Z',
  );
  const [one, other] = [compile(clusterOf([older, younger])), compile(clusterOf([younger, older]))];
  expect(one).toEqual(other);
  expect(one.refusals).toMatchObject([
    { name: 'a', reason: 'RuleTaken', message: 'a.example/ (Prefix) is led elsewhere by shop/z' },
  ]);
});

describe('backends', () => {
  const serversOf = (objects: Parameters<typeof compile>[0]) =>
    compile(objects).model.backends.map(({ servers }) => servers);

  test('have the addresses that are ready, sorted, each once', () => {
    const endpointSlices = [
      slice('web', ['10.0.0.2', { address: '10.0.0.9', ready: false }, '10.0.0.1']),
      slice('web', ['10.0.0.2']),
      slice('other', ['10.0.0.7']),
    ];
    expect(serversOf(clusterOf([hostIngress('one', 'a', rule('/', 'Prefix'))], { endpointSlices }))).toEqual([
      ['10.0.0.1:8080', '10.0.0.2:8080'],
    ]);
  });

  test('find their port by number or by name, and take the number of the Pods', () => {
    const byName = ingress('one', { defaultBackend: { service: { name: 'web', port: { name: 'admin' } } } });
    const services = [
      service('web', [
        { name: 'http', port: 80 },
        { name: 'admin', port: 81 },
      ]),
    ];
    const endpointSlices = [
      slice(
        'web',
        ['10.0.0.1'],
        [
          { name: 'http', port: 8080 },
          { name: 'admin', port: 9000 },
        ],
      ),
    ];
    expect(serversOf(clusterOf([byName], { services, endpointSlices }))).toEqual([['10.0.0.1:9000']]);
  });

  test.each([
    [{ service: { name: 'none', port: { number: 80 } } }, 'there is no Service none'],
    [{ service: { name: 'web', port: { number: 81 } } }, 'the Service web has no port 81'],
    [{ service: { name: 'web', port: { name: 'x' } } }, 'the Service web has no port x'],
    [{ resource: {} }, 'only Services are supported as backends'],
  ])('%o: has no servers, and that is told', (backend, fault) => {
    const { model, refusals } = compile(clusterOf([ingress('one', { defaultBackend: backend })]));
    expect(model.backends).toEqual([{ name: 'b-none', servers: [] }]);
    expect(model.defaultBackend).toBe('b-none');
    expect(refusals).toMatchObject([
      { reason: 'BackendMissing', message: `defaultBackend: ${fault}; its requests get 503` },
    ]);
  });

  // A slice may be written by users, and this Pod's loopback has the ports of HAProxy and of the sidecar.
  test.each(['127.0.0.1', '0.0.0.0', 'localhost', '10.0.0.1 check', '10.0.0.1\nserver x'])(
    'never lead to %j',
    (address) => {
      const endpointSlices = [slice('web', [address])];
      expect(serversOf(clusterOf([hostIngress('one', 'a', rule('/', 'Prefix'))], { endpointSlices }))).toEqual([[]]);
    },
  );
});

describe('what is no host or no path is refused by itself', () => {
  test.each(['Shop.example', 'a b', 'a\nb', 'a.', '-a', '*', '*.*.a', 'a/b', '${HOME}', 'a:80', 'a'.repeat(64)])(
    'host %j',
    (host) => {
      const objects = hostIngress('one', host, rule('/', 'Prefix'));
      const good = hostIngress('two', 'good.example', rule('/', 'Prefix'));
      expect(routesOf(objects, good)).toEqual(['good.example prefix']);
      expect(refusalsOf(objects)).toEqual([expect.stringMatching(/^one InvalidRule: the host ".*" is no DNS name/)]);
    },
  );

  test.each([
    ...[
      'a',
      '',
      '/a b',
      '/a\tb',
      '/a\nuse_backend x',
      '/a#',
      '/a"',
      "/a'",
      '/a\\b',
      '/%',
      '/%zz',
      '/é',
      '/a?b',
      '/a{b}',
    ],
    ...['//', '/a//b', '/./a', '/a/..', '/a/../b', '/a/%2e%2E/b', '/a%2fb', '/a%5Cb', `/${'a'.repeat(1_024)}`],
  ])('path %j', (path) => {
    const refusals = refusalsOf(hostIngress('one', 'a', rule(path, 'Exact'), rule('/good', 'Exact')));
    expect(refusals).toEqual([expect.stringMatching(/^one InvalidRule: the path /)]);
    expect(routesOf(hostIngress('one', 'a', rule(path, 'Exact'), rule('/good', 'Exact')))).toEqual(['a/good exact']);
  });

  test.each(['/a.b', '/.well-known/x', '/a..b', '/a/b-c_d~e', '/%20', '/a,b=c:d@e+f!'])('but %j is a path', (path) => {
    expect(refusalsOf(hostIngress('one', 'a', rule(path, 'Prefix')))).toEqual([]);
  });
});

describe('TLS', () => {
  const { certificate, key } = makeCertificate('a.example');
  const other = makeCertificate('a.example');
  const withTls = ingress('one', { tls: [{ hosts: ['a.example'], secretName: 'tls' }] });
  const compileWith = (...secrets: Parameters<typeof tlsSecret>[]) =>
    compile(clusterOf([withTls], { secrets: secrets.map((parts) => tlsSecret(...parts)) }));

  test('certificate and key are one file, for the hosts that the Ingress names', () => {
    const { model, refusals } = compileWith(['tls', `text before\n${certificate}`, key]);
    expect(refusals).toEqual([]);
    expect(model.certificates).toMatchObject([
      { hosts: ['a.example'], file: expect.stringMatching(/^[0-9a-f]{16}\.pem$/) },
    ]);
    expect(model.certificates[0]?.pem).toMatch(
      /^-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n[^-]+-----END PRIVATE KEY-----\n$/,
    );
  });

  test('the chain stays in its order', () => {
    const { model } = compileWith(['tls', certificate + other.certificate, key]);
    expect(model.certificates[0]?.pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  test.each<[string, Parameters<typeof tlsSecret>[], string]>([
    ['no Secret', [], 'there is no such Secret, or this controller may not read it'],
    ['another Secret', [['tls2', certificate, key]], 'there is no such Secret, or this controller may not read it'],
    ['the key of another', [['tls', certificate, other.key]], 'tls.key is not the key of tls.crt'],
    ['no certificate', [['tls', 'x', key]], 'tls.crt holds no certificate'],
    ['no key', [['tls', certificate, 'x']], 'tls.crt or tls.key cannot be read'],
    ['a broken certificate', [['tls', certificate.replace('MII', 'XXX'), key]], 'tls.crt or tls.key cannot be read'],
  ])('%s: refused, and the reason is told', (_, secrets, reason) => {
    const { model, refusals } = compileWith(...secrets);
    expect(model.certificates).toEqual([]);
    expect(refusals).toMatchObject([
      { reason: 'CertificateInvalid', message: expect.stringContaining(`tls tls: ${reason}`) },
    ]);
  });
});
