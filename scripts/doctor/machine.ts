/** What the machine itself must have: versions, room, limits and settings. */
import { readFile } from 'node:fs/promises';
import { KUBERNETES_VERSION } from '../cluster/node-image.ts';
import { canInstallPackages } from '../host/debian.ts';
import { isAtLeast } from '../host/go.ts';
import type { Host } from '../host/host.ts';
import type { Finding } from './finding.ts';

/** The first that runs TypeScript as it stands and has what the libraries need. */
const NODE_MINIMUM = '24.0';

/** `version` as in process.versions.node. */
export function checkNode(version: string): Finding {
  const check = 'Node.js';
  const why = 'The scripts are TypeScript that Node.js runs as it stands.';
  if (isAtLeast(version, NODE_MINIMUM)) return { check, state: 'ok', found: version, why };
  const fix = 'Start commands with npm run or npx, which use the Node.js in node_modules: npm install puts it there.';
  return { check, state: 'failure', found: `${version}, older than ${NODE_MINIMUM}`, why, fix };
}

/** What kind's own page of known issues asks for; a cluster with several nodes needs it sooner than ours. */
const INOTIFY = { max_user_watches: 524_288, max_user_instances: 512 };

export async function checkInotify(read = readSetting): Promise<Finding | undefined> {
  const check = 'inotify limits';
  const why = 'The kubelet and the helpers watch files; beyond the limit they fail with "too many open files".';
  const names = Object.keys(INOTIFY) as (keyof typeof INOTIFY)[];
  const values = await Promise.all(names.map(async (name) => ({ name, value: await read(name) })));
  // Other systems have no such limits; their engines run in a virtual machine with its own.
  if (values.some(({ value }) => Number.isNaN(value))) return undefined;
  const found = values.map(({ name, value }) => `${name} ${value}`).join(', ');
  const low = values.filter(({ name, value }) => value < INOTIFY[name]);
  if (low.length === 0) return { check, state: 'ok', found, why };
  const fix = `sudo sysctl ${low.map(({ name }) => `fs.inotify.${name}=${INOTIFY[name]}`).join(' ')}`;
  return { check, state: 'warning', found, why, fix };
}

async function readSetting(name: string): Promise<number> {
  return Number.parseInt(await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8').catch(() => ''), 10);
}

/** The names of this machine; inside of the node kind adds the cluster's own addresses. */
const NEVER_PROXIED = ['127.0.0.1', 'localhost'];

export function checkProxy(env: Host['env']): Finding | undefined {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].filter((name) => env[name]);
  if (names.length === 0) return undefined;
  const exceptions = (env['NO_PROXY'] ?? env['no_proxy'] ?? '').split(',').map((entry) => entry.trim());
  const missing = NEVER_PROXIED.filter((address) => !exceptions.includes(address));
  const finding = {
    check: 'Proxy',
    found: `${names.join(', ')} set; NO_PROXY=${exceptions.filter(Boolean).join(',') || '(empty)'}`,
    why: 'Programs such as kubectl and curl would ask the proxy for the cluster, which only this machine can reach.',
  };
  if (missing.length === 0) return { ...finding, state: 'ok' };
  return {
    ...finding,
    state: 'warning',
    fix: `export NO_PROXY=${[...exceptions.filter(Boolean), ...missing].join(',')}`,
  };
}

const GIT_REASON = 'To see the Git-sync sidecar at work, one pushes a commit.';

/** Programs that people use beside the kit. */
export async function checkPrograms(host: Host): Promise<Finding[]> {
  const version = async (program: string, ...args: string[]) => {
    const { exitCode, stdout } = await host.attempt(program, args, { timeoutMs: 10_000 });
    return exitCode === 0 ? (/\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? 'there') : undefined;
  };
  const git = await version('git', '--version');
  const fix = 'Install it: https://git-scm.com/downloads';
  return [
    checkKubectl(await version('kubectl', 'version', '--client'), KUBERNETES_VERSION),
    git === undefined
      ? { check: 'Git', state: 'warning', found: 'none', why: GIT_REASON, fix }
      : { check: 'Git', state: 'ok', found: git, why: GIT_REASON },
  ];
}

/** kubectl works with clusters up to one minor version older or newer (https://kubernetes.io/releases/version-skew-policy/). */
export function checkKubectl(version: string | undefined, clusterVersion: string): Finding {
  const check = 'kubectl';
  const why = 'The lessons use it; the scripts do not.';
  if (version === undefined) {
    return { check, state: 'ok', found: 'none: npm run env lends you the one of the node', why };
  }
  const minor = (text: string) => Number(text.split('.')[1]);
  if (Math.abs(minor(version) - minor(clusterVersion)) <= 1) return { check, state: 'ok', found: version, why };
  return {
    check,
    state: 'warning',
    found: `${version}, for a cluster of ${clusterVersion}`,
    why: `${why} More than one minor version apart, some of what they print differs.`,
    fix: 'Install a version that fits: https://kubernetes.io/docs/tasks/tools/',
  };
}

/** Whether what cannot be downloaded could be built here. */
export async function checkBuilding(host: Host): Promise<Finding> {
  const check = 'Building what cannot be pulled';
  const why = 'Without a registry the node image and the Debian base are built from packages and Go modules.';
  if (!(await canInstallPackages())) {
    return {
      check,
      state: 'ok',
      found: 'not on this machine (it takes root on Debian or Ubuntu): images are pulled',
      why,
    };
  }
  const { exitCode, stdout } = await host.attempt('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } });
  const go = exitCode === 0 ? stdout.trim().replace(/^go/, '') : undefined;
  const minimum = '1.26';
  if (go !== undefined && isAtLeast(go, minimum)) return { check, state: 'ok', found: `possible, with Go ${go}`, why };
  return {
    check,
    state: 'warning',
    found: go === undefined ? 'there is no Go on the PATH' : `the Go on the PATH is ${go}`,
    why,
    fix: `Only where no registry answers: install Go ${minimum} or newer (https://go.dev/doc/install).`,
  };
}
