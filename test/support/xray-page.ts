/** The x-ray's page, served by the real command and opened in a real browser. */
import { once } from 'node:events';
import { execa } from 'execa';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { root } from './root.ts';

export interface XrayPage extends AsyncDisposable {
  readonly url: string;
  /** Opens the page in a window of its own. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** What the browser has complained of, in any window. */
  readonly complaints: readonly string[];
  /** Ctrl-C; resolves to the exit code. */
  stop(): Promise<number | undefined>;
}

export async function openXray(pod: string, browserPath: string): Promise<XrayPage> {
  const child = execa(process.execPath, ['scripts/main.ts', 'xray', pod], { cwd: root, reject: false });
  let printed = '';
  let url: string | undefined;
  while (url === undefined) {
    const [chunk] = (await Promise.race([once(child.stdout, 'data'), child.then(ended)])) as [Buffer];
    printed += chunk.toString();
    url = /http:\S+(?=\n)/.exec(printed)?.[0];
  }
  const address = url;
  // Root may not use Chromium's sandbox; the page is ours.
  const browser: Browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  const complaints: string[] = [];
  const stop = async () => {
    child.kill('SIGINT');
    return (await child).exitCode;
  };
  return {
    url: address,
    complaints,
    stop,
    async open(options = {}) {
      const page = await browser.newPage(options);
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(address);
      await page.locator('#processes tbody tr').first().waitFor();
      await page.locator('#notes').filter({ hasText: 'no answer yet' }).waitFor({ state: 'detached' });
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await stop();
    },
  };
}

function ended({ stderr }: { stderr: string }): never {
  throw new Error(`xray has ended:\n${stderr}`);
}
