import { expect, test } from 'vitest';
import { parsePackageUris } from './debian.ts';

test('both formats of apt sources are read, comments and source packages are not', () => {
  const oneLine =
    '# deb http://old.example/debian bookworm main\ndeb [arch=amd64] http://a.example/debian bookworm main\ndeb-src http://b.example/debian bookworm main\n';
  const deb822 =
    '# see http://c.example/\nTypes: deb\nURIs: http://d.example/debian http://e.example/debian\nSuites: bookworm\n';
  expect(parsePackageUris(oneLine)).toEqual(['http://a.example/debian']);
  expect(parsePackageUris(deb822)).toEqual(['http://d.example/debian', 'http://e.example/debian']);
});
