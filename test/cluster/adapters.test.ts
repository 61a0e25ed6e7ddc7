/** Three unlike programs behind log-adapter, on the cluster: the same queries answer for all of them. */
import { expect, test } from 'vitest';
import { ADAPTED, askCommand, ERRORS_QUERY, P95_QUERY, query } from '../support/dashboard.ts';
import { connectToKit, NAMESPACE } from '../support/kit.ts';

const { core, pods } = await connectToKit();

/** Through the API server: these Services have no port on this machine. */
function metricsOf(service: string): Promise<string> {
  return core.connectGetNamespacedServiceProxyWithPath({
    name: `${service}:metrics`,
    namespace: NAMESPACE,
    path: 'metrics',
  });
}

const ask = async (expression: string) =>
  query(expression, await Promise.all(ADAPTED.map(({ pod }) => metricsOf(pod))));

test('one query for the errors and one for the durations serve all three programs', async () => {
  const before = await ask(ERRORS_QUERY);
  for (const adapted of ADAPTED) {
    const { stdout } = await pods.exec(adapted.pod, 'log-adapter', askCommand(adapted));
    // The last one at the latest: the imports fail now and then.
    expect(stdout.trim().split('\n')).toHaveLength(adapted.times);
  }
  await expect
    .poll(async () => {
      const after = await ask(ERRORS_QUERY);
      return ADAPTED.filter(({ service }) => (after[service] ?? 0) > (before[service] ?? 0)).map(
        ({ service }) => service,
      );
    })
    .toEqual(ADAPTED.map(({ service }) => service));
  const durations = await ask(P95_QUERY);
  expect(Object.keys(durations).sort()).toEqual(ADAPTED.map(({ service }) => service).sort());
  for (const durationMs of Object.values(durations)) expect(durationMs).toBeGreaterThan(0);
});
