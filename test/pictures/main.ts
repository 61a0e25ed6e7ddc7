/** `npm run pictures`: takes the pictures of the x-ray that the documentation shows, of the cluster that runs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '../support/root.ts';
import { findBrowser } from '../support/setup-browser.ts';
import { openXray } from '../support/xray-page.ts';

interface Picture {
  readonly name: string;
  /** The panel that is shown. */
  readonly panel: string;
  /** What has to be done, and seen, before. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const PICTURES: Readonly<Record<string, readonly Picture[]>> = {
  ambassador: [{ name: 'xray-a-pod', panel: '#lanes' }],
  combined: [
    { name: 'xray-network', panel: '#network' },
    { name: 'xray-request', panel: '#trace', prepare: sendRequest },
  ],
  sidecar: [
    { name: 'xray-volumes', panel: '#volumes' },
    { name: 'xray-processes', panel: '#processes', prepare: showTwin },
  ],
};

/** Wide enough for two trees side by side, narrow enough to be legible in a page. */
const VIEWPORT = { width: 1_120, height: 900 };
const TIMEOUT_MS = 120_000;

const folder = join(root, 'docs/images');
await mkdir(folder, { recursive: true });
for (const [pod, pictures] of Object.entries(PICTURES)) {
  await using xray = await openXray(pod, await findBrowser());
  const page = await xray.open({ viewport: VIEWPORT, colorScheme: 'light', reducedMotion: 'reduce' });
  for (const { name, panel, prepare } of pictures) {
    await prepare?.(page);
    await page.locator(panel).screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
    process.stdout.write(`docs/images/${name}.png\n`);
  }
}

async function sendRequest(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Send a request' }).click();
  for (const name of ['ambassador', 'legacy-app', 'nginx', 'log-adapter']) {
    await page.locator('.steps .chip').filter({ hasText: name }).first().waitFor({ timeout: TIMEOUT_MS });
  }
}

async function showTwin(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Show it without' }).click();
  const twin = page.locator('.tree').filter({ hasText: 'shareProcessNamespace: false' });
  await twin.locator('tr').filter({ hasText: 'nginx: master' }).waitFor({ timeout: TIMEOUT_MS });
}
