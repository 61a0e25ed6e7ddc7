import { expect, test } from 'vitest';
import { startFakeMachine } from '../../test/support/fake-programs.ts';
import { ensureKind } from './kind-binary.ts';

test.each([
  ['none', {}, 'no kind on the PATH'],
  ['one that is too old', { kind: 'echo 0.29.0' }, 'the kind on the PATH is 0.29.0'],
])('without Go, %s is named with what is needed', async (_name, programs, state) => {
  await using machine = await startFakeMachine(programs);
  await expect(ensureKind(machine.host, () => {})).rejects.toMatchObject({
    code: 'GO_MISSING',
    message: expect.stringContaining(`build kind (${state}, 0.30 or newer is needed)`) as string,
  });
});

test('one that is new enough is used as it is', async () => {
  await using machine = await startFakeMachine({ kind: 'echo 0.30.0' });
  expect(await ensureKind(machine.host, () => {})).toBe(machine.host);
  expect(await machine.calls()).toEqual(['kind version --quiet']);
});
