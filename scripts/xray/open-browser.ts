/** Opens an address where there is somebody to look at it. */
import type { Host } from '../host/host.ts';

/** Never throws: the address is printed in any case. */
export async function openBrowser(host: Host, url: string): Promise<void> {
  const isDesktop = process.platform === 'darwin' || Boolean(host.env['DISPLAY'] ?? host.env['WAYLAND_DISPLAY']);
  if (!isDesktop || host.env['CI']) return;
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  await host.attempt(program, [url], { timeoutMs: 10_000 }).catch(() => undefined);
}
