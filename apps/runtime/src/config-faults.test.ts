import { expect, test } from 'vitest';
import * as z from 'zod';
import { readDocument } from './config-document.ts';
import { describeFaults } from './config-faults.ts';

const Schema = z
  .strictObject({
    name: z.string().regex(/^[a-z]+$/, { error: 'must be lower-case letters' }),
    size: z.int().min(1).max(9).default(3),
    ratio: z.number().min(0).optional(),
    isOn: z.boolean().optional(),
    kind: z.enum(['big', 'small']).optional(),
    list: z
      .array(z.strictObject({ port: z.int() }))
      .min(1)
      .optional(),
    timeouts: z.strictObject({ drainMs: z.int() }).optional(),
    byName: z.record(z.string().regex(/^[a-z]$/, { error: 'must be one letter' }), z.string()).optional(),
    either: z.union([z.strictObject({ left: z.int().max(5) }), z.strictObject({ right: z.int() })]).optional(),
  })
  .superRefine(({ name }, context) => {
    if (name === 'bad') context.addIssue({ code: 'custom', path: ['name'], message: 'this name is taken' });
  });

const describe = (text: string) => {
  const document = readDocument(text);
  const { error } = Schema.safeParse(document.value);
  return error === undefined ? [] : describeFaults(error, document, Schema);
};

test.each([
  ['size: 1', 'line 1: name is missing; add a text'],
  ['name: A', 'line 1: name is "A"; it must be lower-case letters'],
  ['name: bad', 'line 1: name is "bad": this name is taken'],
  ['name: 7', 'line 1: name is 7; it must be a text, so put it in quotes'],
  ['name: a\nsize: 10', 'line 2: size is 10; it must be a whole number from 1 to 9'],
  ['name: a\nsize: 1.5', 'line 2: size is 1.5; it must be a whole number from 1 to 9'],
  ['name: a\nratio: -1', 'line 2: ratio is -1; it must be a number of at least 0'],
  ['name: a\nisOn: yes', 'line 2: isOn is "yes"; it must be true or false'],
  ['name: a\nkind: wide', 'line 2: kind is "wide"; it must be one of "big", "small"'],
  ['name: a\nlist: []', 'line 2: list is []; it must be a list of at least 1'],
  ['name: a\nlist:\n  - port: x', 'line 3: list[0].port is "x"; it must be a whole number'],
  ['name: a\nlist:', 'line 2: list is empty; it must be a list of at least 1'],
  ['name: a\nbyName: 1', 'line 2: byName is 1; it must be a mapping from names of your choice'],
  ['name: a\nbyName: { ab: c }', 'line 2: byName.ab has a name that cannot be used; it must be one letter'],
  ['', 'line 1: the file is empty; it must be a mapping with the keys name'],
  [
    'name: a\ntoString: 1',
    expect.stringMatching(
      /^line 2: toString is 1, but there is no such key; remove it; the keys there are: name, size, /,
    ),
  ],
  ['name: a\nsise: 1', 'line 2: sise is 1, but there is no such key; did you mean "size"?'],
  ['name: a\ndrainMs: 1', 'line 2: drainMs is 1, but there is no such key; it belongs under "timeouts"'],
  [
    'name: a\nlist:\n  - port: 1\n    color: red',
    'line 4: list[0].color is "red", but there is no such key; remove it; the keys there are: port',
  ],
])('%j is told as: %s', (text, fault) => {
  expect(describe(text)).toStrictEqual([fault]);
});

test('where there are alternatives, the fault is still placed', () => {
  expect(describe('name: a\neither: { left: x }')).toStrictEqual([expect.stringMatching(/^line 2: either is .*left/)]);
});

test('all faults are told, in the order of the file, and a long value is cut short', () => {
  expect(describe(`sise: ${'x'.repeat(200)}\nname: A`)).toStrictEqual([
    expect.stringMatching(/^line 1: sise is "x{78}…, but/),
    expect.stringMatching(/^line 2: name/),
  ]);
});
