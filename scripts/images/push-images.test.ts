import { expect, test } from 'vitest';
import { checkRegistry, inRegistry } from './push-images.ts';

test('an image keeps its name and tag in the registry', () => {
  expect(inRegistry('pod-patterns/git-sync:3f2a', 'registry.example.org:5000/team/kit')).toBe(
    'registry.example.org:5000/team/kit/git-sync:3f2a',
  );
});

test.each(['registry.example.org/team', 'localhost/kit', '127.0.0.1:5000/kit', 'registry:5000/a/b-c_d.e'])(
  '%s is a registry',
  (registry) => {
    expect(checkRegistry(registry)).toBe(registry);
  },
);

test.each(['team', 'registry.example.org', 'https://registry.example.org/team', 'team/kit', 'r.example.org/Team', ''])(
  '"%s" is none',
  (registry) => {
    expect(() => checkRegistry(registry)).toThrow(`"${registry}" is no HOST/PATH`);
  },
);
