import { expect, test } from 'vitest';
import type { Pod } from './kube-types.ts';
import { serviceProblems } from './service-problems.ts';

const pod = (labels: Record<string, string>, ports?: object[]) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shop-1', labels },
    spec: { containers: [{ name: 'web', ...(ports && { ports }) }] },
  }) as unknown as Pod;
const service = (spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop' }, spec });
const PORTS = [{ name: 'http', containerPort: 8081 }];
const SHOP = { app: 'shop' };

test('names the labels that do not meet', () => {
  const [problem, ...others] = serviceProblems(service({ selector: { app: 'store' } }), [pod(SHOP), pod({})]);
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ code: 'SelectsNoPods', object: 'Service/shop', field: 'spec.selector' });
  expect(problem?.reason).toContain('it selects app=store, and the Pods here have app=shop, app=');
});

test.each([8080, 'web', undefined])('names a port that no container declares: %s', (targetPort) => {
  const ports = [{ port: 80, ...(targetPort !== undefined && { targetPort }) }];
  const [problem] = serviceProblems(service({ selector: SHOP, ports }), [pod(SHOP, PORTS)]);
  expect(problem).toMatchObject({ code: 'PortNotDeclared', field: 'spec.ports' });
  expect(problem?.reason).toContain(`it sends to port ${targetPort ?? 80}, and its Pods have 8081 (http)`);
});

test.each([
  ['the port by its name', { selector: SHOP, ports: [{ port: 80, targetPort: 'http' }] }, [pod(SHOP, PORTS)]],
  ['the port by its number', { selector: SHOP, ports: [{ port: 8081 }] }, [pod(SHOP, PORTS)]],
  ['Pods that declare no ports', { selector: SHOP, ports: [{ port: 80 }] }, [pod(SHOP)]],
  ['no selector', { ports: [{ port: 80 }] }, [pod(SHOP, PORTS)]],
  ['a name outside', { type: 'ExternalName', selector: { app: 'x' } }, [pod(SHOP, PORTS)]],
  ['no Pods at all', { selector: SHOP, ports: [{ port: 80 }] }, []],
])('finds nothing wrong with %s', (_, spec, pods) => {
  expect(serviceProblems(service(spec), pods)).toEqual([]);
});
