import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import type { Ingress } from './kube-types.ts';
import { render } from './render.ts';
import { clusterOf, hostIngress, rule } from './test-support/objects.ts';

const PORTS = { http: 8080, https: 8443, ops: 9906 };
const generationOf = (...ingresses: readonly Ingress[]) =>
  render(compile(clusterOf(ingresses)).model, PORTS, (id) => `/run/haproxy/generations/${id}`);

test('the same objects make the same generation, others another', () => {
  const one = hostIngress('one', 'a.example', rule('/', 'Prefix'));
  const two = hostIngress('two', 'b.example', rule('/', 'Prefix'));
  expect(generationOf(one, two)).toEqual(generationOf(two, one));
  expect(generationOf(one).id).not.toBe(generationOf(two).id);
});

test('hosts and paths stand in the maps only, each prefix with a slash at its end', () => {
  const { files } = generationOf(
    hostIngress('one', 'a.example', rule('/x', 'Exact'), rule('/y', 'Prefix'), rule('/', 'Prefix')),
  );
  expect(files['exact.map']).toMatch(/^a\.example\/x b-[0-9a-f]{12}\n$/);
  expect(files['prefix.map']).toMatch(/^a\.example\/ b-[0-9a-f]{12}\na\.example\/y\/ b-[0-9a-f]{12}\n$/);
  expect(files['haproxy.cfg']).not.toContain('a.example');
});

// Whatever users write, the configuration is that of an Ingress without rules, but for its backends.
test('nothing that users write gets into haproxy.cfg, and nothing but pairs into the maps', () => {
  const fragment = fc.constantFrom(
    '/',
    'a',
    '.',
    '*',
    ' ',
    '\n',
    '\r',
    '\t',
    '#',
    '"',
    "'",
    '\\',
    '%',
    '${HOME}',
    '\u0000',
    'é',
    '{',
    '}',
  );
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fragment).map((parts) => parts.join('')),
  );
  const strip = (text = '') =>
    text
      .replace(/\nbackend b-[^]*?(?=\nfrontend ops)/, '')
      .replaceAll(/[0-9a-f]{16}/g, 'ID')
      .replace(/default_backend b-\w+/, 'default_backend no-rule');
  const plain = strip(generationOf().files['haproxy.cfg']);
  fc.assert(
    fc.property(hostile, hostile, hostile, hostile, (host, path, pathType, name) => {
      const ingress: Ingress = {
        ...hostIngress('one', host, rule(path, 'Prefix', name), rule(`/${path}`, pathType), rule('/', 'Prefix', name)),
      };
      const secret = { hosts: [host], secretName: name };
      const { files } = generationOf({ ...ingress, spec: { ...ingress.spec, tls: [secret] } });
      expect(strip(files['haproxy.cfg'])).toBe(plain);
      for (const map of ['exact.map', 'prefix.map']) {
        expect(files[map]).toMatch(/^([a-z0-9.*-]*\/[!-~]* b-(none|[0-9a-f]{12})\n)*$/);
      }
      expect(files['certificates.list']).toBe('');
    }),
    { numRuns: 300 },
  );
});
