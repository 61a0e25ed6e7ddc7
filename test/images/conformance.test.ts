/** The conformance table, played in the lab: ours does what the RFCs demand, and nothing worse than HAProxy. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { failedMusts, keyOf, worseThan, type SubjectResult } from '../conformance/results.ts';
import { playInLab } from '../conformance/run.ts';
import { testEngine } from '../support/engine.ts';
import { root } from '../support/root.ts';

let subjects: SubjectResult[];
const find = (name: string): SubjectResult => {
  const found = subjects.find((subject) => subject.name === name);
  if (found === undefined) throw new Error(`${name} was not played`);
  return found;
};

beforeAll(async () => {
  subjects = await playInLab(await testEngine(), { root, note: () => undefined });
}, 600_000);

test('the ambassador passes every case that an RFC demands', () => {
  expect(failedMusts(find('ambassador'))).toEqual([]);
});

test('the ambassador does nothing worse than HAProxy', () => {
  expect(worseThan(find('ambassador'), find('haproxy'))).toEqual([]);
});

// http-proxy is left out: some cases end its process, and the next one then depends on how fast it is back.
describe.each(['haproxy', 'nginx'])('%s', (name) => {
  test('has the same cases and fails the same demands as the table in the README says', async () => {
    const kept = JSON.parse(await readFile(new URL('../conformance/results.json', import.meta.url), 'utf8')) as {
      subjects: SubjectResult[];
    };
    const known = kept.subjects.find((subject) => subject.name === name);
    if (known === undefined) throw new Error(`results.json has no ${name}`);
    expect(find(name).results.map(keyOf)).toEqual(known.results.map(keyOf));
    // Another version of Debian's may do better or worse; then the table is to be made anew.
    expect.soft(find(name).version).toBe(known.version);
    expect(failedMusts(find(name)).map(keyOf)).toEqual(failedMusts(known).map(keyOf));
  });
});
