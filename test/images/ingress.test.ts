/** What ingress-sidecar writes, read by the HAProxy of the image: which backend a request gets to, and which certificate. */
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { beforeAll, expect, test } from 'vitest';
import { compile } from '../../apps/ingress-sidecar/src/compile.ts';
import { render } from '../../apps/ingress-sidecar/src/render.ts';
import { createStore } from '../../apps/ingress-sidecar/src/store.ts';
import {
  clusterOf,
  hostIngress,
  ingress,
  rule,
  service,
  tlsSecret,
} from '../../apps/ingress-sidecar/src/test-support/objects.ts';
import { makeCertificate } from '../../apps/runtime/src/test-support/certificate.ts';
import { removeLeftovers, RestrictedContainer, TEST_LABEL } from '../support/containers.ts';
import { createPodContainer } from '../support/pod-container.ts';

beforeAll(removeLeftovers);

const PORTS = { http: 8080, https: 8443, ops: 9906 };
const SERVICES = ['root', 'shop', 'cart', 'exact', 'wild', 'any', 'default'];

/** Each Service has no Pods, so the answer is 503, and the log names the backend. */
function cluster() {
  const { certificate, key } = makeCertificate('a.example');
  return clusterOf(
    [
      hostIngress(
        'a',
        'a.example',
        rule('/', 'Prefix', 'root'),
        rule('/shop', 'Prefix', 'shop'),
        rule('/shop/cart/', 'Prefix', 'cart'),
        rule('/shop/exact', 'Exact', 'exact'),
      ),
      hostIngress('wild', '*.example', rule('/w', 'Prefix', 'wild')),
      hostIngress('any', undefined, rule('/any', 'Prefix', 'any')),
      ingress('default', { defaultBackend: { service: { name: 'default', port: { number: 80 } } } }),
      ingress('tls', { tls: [{ hosts: ['a.example'], secretName: 'tls' }] }),
    ],
    { services: SERVICES.map((name) => service(name)), secrets: [tlsSecret('tls', certificate, key)] },
  );
}

async function startHaproxy() {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'ingress-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const objects = cluster();
  const generation = render(compile(objects).model, PORTS, (id) => `/run/haproxy/generations/${id}`);
  const store = createStore(folder);
  await store.write(generation);
  await store.select(generation.id);
  // The container runs under another user.
  await chmod(folder, 0o755);
  const container = await new RestrictedContainer('haproxy')
    .withLabels({ [TEST_LABEL.name]: TEST_LABEL.value })
    .withUser('0:0')
    .withBindMounts([{ source: folder, target: '/run/haproxy', mode: 'ro' }])
    .withEntrypoint(['haproxy', '-W', '-db', '-f', '/run/haproxy/current/haproxy.cfg'])
    .withExposedPorts(...Object.values(PORTS))
    .start();
  stack.defer(async () => void (await container.stop()));
  const address = (port: number) => ({ host: container.getHost(), port: container.getMappedPort(port) });
  const rest = stack.move();
  return {
    id: generation.id,
    address,
    haproxy: createPodContainer(container),
    /** Name of the Service whose backend it is. */
    serviceOf: (backend: unknown) =>
      SERVICES.find((name) => {
        const alone = {
          ...objects,
          ingresses: [ingress('x', { defaultBackend: { service: { name, port: { number: 80 } } } })],
        };
        return compile(alone).model.defaultBackend === backend;
      }),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

test('host and path decide as the rules say, and odd paths are refused', async () => {
  await using pod = await startHaproxy();
  const { host, port } = pod.address(PORTS.ops);
  const generation = () => fetch(`http://${host}:${port}/generation`).then((answer) => answer.text(), String);
  await expect.poll(generation).toBe(pod.id);

  const cases: readonly (readonly [host: string, path: string, expected: string | number])[] = [
    ['a.example', '/', 'root'],
    ['A.Example:8086', '/x', 'root'],
    ['a.example', '/shop', 'shop'],
    ['a.example', '/shop?x=/shop/cart', 'shop'],
    ['a.example', '/shop/1', 'shop'],
    ['a.example', '/shopping', 'root'],
    ['a.example', '/shop/cart', 'cart'],
    ['a.example', '/shop/cart/1', 'cart'],
    ['a.example', '/shop/carts', 'shop'],
    ['a.example', '/shop/exact', 'exact'],
    ['a.example', '/shop/exact/1', 'shop'],
    ['a.example', '/Shop', 'root'],
    ['b.example', '/w', 'wild'],
    ['b.example', '/any/1', 'any'],
    ['b.c.example', '/w', 'default'],
    ['example', '/w', 'default'],
    ['b.example', '/other', 'default'],
    ['other', '/any', 'any'],
    ['[::1]:80', '/any', 'any'],
    ['a.example', '/shop/../x', 400],
    ['a.example', '/shop//cart', 400],
    ['a.example', '/shop/%2e%2E/x', 400],
    ['a.example', '/shop%2fcart', 400],
  ];
  const statuses: (number | undefined)[] = [];
  for (const [name, path] of cases) {
    const call = request({ ...pod.address(PORTS.http), path, headers: { host: name, connection: 'close' } }).end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.resume();
    statuses.push(answer.statusCode);
  }
  // In the order of the requests, because each was answered before the next was sent.
  const logged = async () => (await pod.haproxy.events()).filter(({ msg }) => msg === 'request');
  await expect.poll(async () => (await logged()).length).toBe(cases.length);
  const backends = (await logged()).map(({ upstream }) => pod.serviceOf(upstream));
  const found = cases.map(([name, path], index) => {
    const status = statuses[index];
    return [name, path, status === 503 ? backends[index] : status];
  });
  expect(found).toEqual(cases);
});

test('a certificate is shown for the host that its Ingress names, and for no other', async () => {
  await using pod = await startHaproxy();
  const handshake = async (servername: string) => {
    const socket: TLSSocket = connect({ ...pod.address(PORTS.https), servername, rejectUnauthorized: false });
    try {
      await once(socket, 'secureConnect');
      return socket.getPeerCertificate().subject.CN;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    } finally {
      socket.destroy();
    }
  };
  await expect.poll(() => handshake('a.example')).toBe('a.example');
  expect(await handshake('b.example')).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
});
