/** The x-ray's page in a real browser, of the real combined Pod. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { source as axeSource } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectToKit, NAMESPACE } from '../support/kit.ts';
import { root } from '../support/root.ts';
import { openXray, type XrayPage } from '../support/xray-page.ts';

const { core, pods } = await connectToKit();
const ARTEFACTS = join(root, 'test/artefacts');
const MAX_PAGE_BYTES = 200_000;

let xray: XrayPage;
let page: Page;
const seconds: Record<string, number> = {};

beforeAll(async () => {
  await mkdir(ARTEFACTS, { recursive: true });
  xray = await openXray('combined', inject('browserPath'));
  page = await xray.open({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
});

afterAll(async () => {
  await writeFile(join(ARTEFACTS, 'xray-delays.json'), `${JSON.stringify(seconds, undefined, 2)}\n`);
  await xray[Symbol.asyncDispose]();
});

const timeline = (text: string | RegExp) => page.locator('#timeline li').filter({ hasText: text }).first();

/** Does something to the Pod and waits until the page shows it; how long that took is kept with the screenshots. */
async function seenAfter(what: string, act: () => Promise<unknown>, shown: () => Promise<void>): Promise<void> {
  const acted = act().then(() => performance.now());
  await shown();
  seconds[what] = Math.round(performance.now() - (await acted)) / 1_000;
}

const inApp = (...command: string[]) => pods.exec('combined', 'legacy-app', command);

test('shows every container, volume, listener and process of the Pod', async () => {
  const lanes = await page.locator('.lane h3').allTextContents();
  expect(lanes).toEqual(['pause', 'log-adapter', 'git-sync', 'ambassador', 'nginx', 'legacy-app']);
  await expect.poll(() => page.locator('.lane .badge.good').count()).toBe(6);
  const site = page.locator('.matrix tbody tr').filter({ hasText: 'emptyDir, 64Mi' });
  expect((await site.locator('td').allTextContents()).map((text) => text.replaceAll(/\s+/g, ' ').trim())).toEqual([
    ...['', 'rw /srv/site', '', 'ro /srv/site', ''],
  ]);
  await expect
    .poll(() => page.locator('#network .unseen').textContent())
    .toContain('legacy-app listens: 127.0.0.1:8775');
  const rows = page.locator('.processes tbody tr');
  await expect.poll(() => rows.first().textContent()).toMatch(/^\s*1\s+\/pause/);
  await expect.poll(() => rows.filter({ hasText: 'nginx: master process' }).textContent()).toMatch(/65533\s+nginx\s*$/);
});

test('the page is small, and asks nobody but its own server', async () => {
  const sizes = await Promise.all(
    ['', 'style.css', 'page.js', 'icon.svg'].map(async (name) => (await (await fetch(xray.url + name)).bytes()).length),
  );
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(MAX_PAGE_BYTES);
  const origins = await page.evaluate(() =>
    performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin),
  );
  expect(new Set(origins)).toEqual(new Set([new URL(xray.url).origin]));
});

test('a file that appears in a shared volume, a link that flips, and a file that goes are seen as it happens', async () => {
  const folder = '/var/log/legacy-app';
  const file = page.locator('.files tr').filter({ hasText: 'xray-test' });
  await seenAfter(
    'a file in a shared volume',
    () => inApp('sh', '-c', `ln -s first ${folder}/xray-test`),
    () => file.filter({ hasText: '→ first' }).waitFor(),
  );
  await seenAfter(
    'a link that flips',
    () => inApp('sh', '-c', `ln -s second ${folder}/next && mv -T ${folder}/next ${folder}/xray-test`),
    () => timeline('xray-test now → second, before → first').waitFor(),
  );
  await inApp('rm', `${folder}/xray-test`);
  await timeline('logs: xray-test is gone').waitFor();
  expect(await file.count()).toBe(0);
});

test('a signal from the sidecar is seen where it is sent and where it arrives', async () => {
  const received = page.locator('#timeline li').filter({ hasText: /PID \d+ received SIGHUP/ });
  const before = await received.count();
  await seenAfter(
    'a signal',
    () => page.getByRole('button', { name: 'Send SIGHUP to nginx' }).click(),
    async () => {
      await expect.poll(() => received.count(), { interval: 50 }).toBeGreaterThan(before);
    },
  );
  await timeline(/git-sync sent SIGHUP to PID \d+ of nginx/).waitFor();
});

test('one request is followed through ambassador, app, catalog and adapter', async () => {
  await page.getByRole('button', { name: 'Send a request' }).click();
  const steps = page.locator('#trace .steps li .chip');
  await expect
    .poll(async () => new Set(await steps.allTextContents()), { timeout: 30_000 })
    .toEqual(new Set(['ambassador', 'legacy-app', 'nginx', 'log-adapter']));
  expect((await steps.allTextContents())[0]).toBe('ambassador');
  expect(await page.locator('#trace').textContent()).toContain('was answered with 200');
});

test('the switch shows the same Pod without a shared process namespace beside it', async () => {
  await page.getByRole('button', { name: 'Show it without a shared process namespace' }).click();
  const twin = page.locator('.tree').filter({ hasText: 'shareProcessNamespace: false' });
  const first = twin.locator('tr').filter({ hasText: /^\s*1\s/ });
  // Each program is PID 1 in a namespace of its own, and none sees pause.
  await expect.poll(() => first.count(), { timeout: 120_000 }).toBeGreaterThanOrEqual(3);
  expect(await twin.locator('tbody').textContent()).not.toContain('/pause');
  await page.screenshot({ path: join(ARTEFACTS, 'xray-twin.png'), fullPage: true });
  await page.getByRole('button', { name: 'Take the twin away' }).click();
  await twin.waitFor({ state: 'detached', timeout: 120_000 });
});

test('a restart is seen: the container ends, and comes back', async () => {
  const card = page.locator('.lane[data-key="log-adapter"]');
  const restarts = async () => Number(/restarts (\d+)/.exec((await card.textContent()) ?? '')?.[1] ?? 0);
  const before = await restarts();
  await card.getByRole('button', { name: 'End log-adapter' }).click();
  await expect.poll(restarts, { timeout: 60_000, interval: 50 }).toBe(before + 1);
  const shownMs = Date.now();
  const { status } = await core.readNamespacedPod({ name: await pods.podName('combined'), namespace: NAMESPACE });
  const { state } = status?.initContainerStatuses?.find(({ name }) => name === 'log-adapter') ?? {};
  // The cluster keeps whole seconds, so that the delay may be up to one second less.
  seconds['a restart, since the container has started'] = (shownMs - Number(state?.running?.startedAt)) / 1_000;
  await timeline(`started again, restarts: ${before + 1}`).waitFor();
  await card.locator('.badge.good').waitFor({ timeout: 60_000 });
});

test('axe finds nothing in light and in dark, and nothing is wider than a phone', async () => {
  await using stack = new AsyncDisposableStack();
  // The page's own policy would not let the checker in.
  const window = await xray.open({ viewport: { width: 1280, height: 844 }, bypassCSP: true, reducedMotion: 'reduce' });
  stack.defer(() => window.close());
  const keep = (name: string) => window.screenshot({ path: join(ARTEFACTS, `xray-${name}.png`), fullPage: true });
  await window.addScriptTag({ content: axeSource });
  const violations = (options: object) =>
    window.evaluate<string[]>(`axe.run(${JSON.stringify(options)}).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 120)).join(' ')))`);
  expect(await violations({})).toEqual([]);
  await keep('light');
  // Only the colours are others.
  await window.emulateMedia({ colorScheme: 'dark' });
  expect(await violations({ runOnly: ['color-contrast'] })).toEqual([]);
  await keep('dark');
  await window.setViewportSize({ width: 390, height: 844 });
  expect(await window.evaluate('document.documentElement.scrollWidth')).toBe(390);
  await keep('phone');
});

test('the keyboard reaches every action, and an update leaves the focus where it is', async () => {
  const focused = () => page.evaluate<string | null>('document.activeElement.getAttribute("data-action")');
  const wanted = await page
    .locator('button')
    .evaluateAll((buttons) => buttons.map((one) => one.getAttribute('data-action')));
  const reached = new Set<string | null>();
  for (let presses = 0; presses < 60 && reached.size < wanted.length; presses += 1) {
    await page.keyboard.press('Tab');
    const now = await focused();
    if (wanted.includes(now)) reached.add(now);
  }
  expect(reached).toEqual(new Set(wanted));
  const button = page.getByRole('button', { name: 'End nginx' });
  await button.focus();
  await seenAfter(
    'an update',
    () => inApp('touch', '/var/log/legacy-app/focus'),
    () => timeline('focus is new').waitFor(),
  );
  expect(await focused()).toBe('end:nginx');
  await inApp('rm', '/var/log/legacy-app/focus');
});

test('only who knows the token is answered, and only what is offered is done', async () => {
  const { origin } = new URL(xray.url);
  const ask = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).status;
  expect(await ask(`${origin}/`)).toBe(404);
  expect(await ask(`${origin}/wrong/events`)).toBe(404);
  expect(await ask(`${xray.url}actions/hup`)).toBe(404);
  expect(await ask(`${xray.url}actions/delete`, { method: 'POST' })).toBe(404);
  expect(await ask(xray.url, { method: 'PUT' })).toBe(405);
  // A page of another origin, and one whose name was made to lead here.
  expect(await ask(`${xray.url}actions/hup`, { method: 'POST', headers: { origin: 'http://evil.example' } })).toBe(404);
  expect(await ask(xray.url, { headers: { 'sec-fetch-site': 'cross-site' } })).toBe(404);
  expect(await askAs('evil.example', xray.url)).toBe(404);
});

/** With another name in the Host field, which fetch does not allow. */
async function askAs(host: string, url: string): Promise<number | undefined> {
  const [response] = (await once(get(url, { headers: { host } }), 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test('the browser had nothing to complain of; Ctrl-C ends the server well, and nothing is left in the Pod', async () => {
  expect(xray.complaints).toEqual([]);
  expect(await xray.stop()).toBe(0);
  // Written so that it does not find itself.
  const find = "grep -alE 'pod-xray-prob[e]' /proc/[0-9]*/cmdline";
  const probes = async () => (await pods.exec('combined', 'git-sync', ['sh', '-c', find])).stdout;
  await expect.poll(probes).toBe('');
});
