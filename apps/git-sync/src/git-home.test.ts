import { expect, test } from 'vitest';
import { createGitHome } from './git-home.ts';
import { parseRepoUrl } from './repo-url.ts';

test('a temporary folder that is not there is an error that names it', async () => {
  await expect(createGitHome('/does/not/exist', parseRepoUrl('https://git.example.com/x'))).rejects.toMatchObject({
    code: 'TMP_UNUSABLE',
    message: expect.stringContaining('/does/not/exist'),
  });
});
