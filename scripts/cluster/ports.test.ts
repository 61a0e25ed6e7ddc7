import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { requireFreePorts } from './ports.ts';

test('a port that another program has is named, a free one is not', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const mapping = { containerPort: 30080, hostPort: port, listenAddress: '127.0.0.1' };
  await expect(requireFreePorts([mapping])).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: `another program listens on 127.0.0.1:${port}`,
  });
  taken.close();
  await once(taken, 'close');
  await requireFreePorts([mapping]);
});
