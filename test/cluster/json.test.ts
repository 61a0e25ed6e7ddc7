/** What each command prints with --json is what docs/json.md says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareFields, documentedFields } from '../docs/json-fields.ts';
import { runScript } from '../support/kit.ts';
import { root } from '../support/root.ts';

test.each(['up', 'plan', 'status', 'explain', 'doctor', 'env', 'xray', 'ecs', 'learn'])('%s', async (command) => {
  const page = await readFile(join(root, 'docs/json.md'), 'utf8');
  const { stdout } = await runScript(command, ['--json']);
  expect(compareFields(documentedFields(page, command), JSON.parse(stdout))).toEqual([]);
});
