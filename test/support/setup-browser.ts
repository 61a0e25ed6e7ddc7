/** Once before the tests that look at a page: a browser of the machine, or Debian's Chromium. */
import type { TestProject } from 'vitest/node';
import { createHost } from '../../scripts/host/host.ts';
import { requirePrograms } from './require-programs.ts';

export async function findBrowser(): Promise<string> {
  const host = createHost(process.env, new AbortController().signal);
  const names = ['chromium', 'google-chrome', 'google-chrome-stable'];
  const [path = ''] = await requirePrograms(host, [{ names, debianPackage: 'chromium' }]);
  return path;
}

export async function setup(project: TestProject): Promise<void> {
  project.provide('browserPath', await findBrowser());
}
