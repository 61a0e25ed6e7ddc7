import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bridgeFault } from './bridge.ts';

test.each([
  [true, undefined, /load br_netfilter/],
  [true, '0', /load br_netfilter/],
  [true, '1', /^none$/],
  [false, undefined, /^none$/],
  [false, '0', /^none$/],
])('a bridge: %s, bridge-nf-call-iptables: %s', (hasBridge, setting, fault) => {
  const root = `${mkdtempSync(join(tmpdir(), 'bridge-'))}/`;
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'sys/class/net/eth0'), { recursive: true });
  if (hasBridge) mkdirSync(join(root, 'sys/class/net/cni0/bridge'), { recursive: true });
  mkdirSync(join(root, 'proc/sys/net/bridge'), { recursive: true });
  if (setting !== undefined) writeFileSync(join(root, 'proc/sys/net/bridge/bridge-nf-call-iptables'), `${setting}\n`);
  expect(bridgeFault(root) ?? 'none').toMatch(fault);
});
