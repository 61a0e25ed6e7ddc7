/** The image of the cluster's node: kind's own where it can be pulled, else one built from Debian and Go modules. */
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { contentHash, treeHash } from '../host/content-hash.ts';
import { makeCacheFolder, removeNeighbours } from '../host/files.ts';
import { requireGo } from '../host/go.ts';
import { makeDebianImage, pullImage, requireImageMaking } from '../images/base-image.ts';
import { buildImage, imageId } from '../images/docker.ts';

/** kind 0.33's node image. */
const PULLED_NODE_IMAGE =
  'kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5';

const SOURCES = new URL('node-image/', import.meta.url).pathname;

/** Of the node image, pulled or built: both have the same minor version. */
export const KUBERNETES_VERSION = 'v1.37.2';

/** Without its version in it, Kubernetes says v0.0.0 and kubeadm refuses to work with it. */
const GO_FLAGS = [
  '-s -w',
  `-X k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`,
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=37',
  `-X k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES_VERSION}`,
].join(' ');

/** As `kubeadm config images list` of that version prints them. */
const IMAGE_NAMES = {
  kubernetes: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map(
    (name) => `registry.k8s.io/${name}:${KUBERNETES_VERSION}`,
  ),
  etcd: ['registry.k8s.io/etcd:3.7.0-0'],
  coredns: ['registry.k8s.io/coredns/coredns:v1.14.6'],
  pause: ['registry.k8s.io/pause:3.10.2'],
  storage: ['pod-patterns/local-path-provisioner:v0.0.30'],
};

/** systemd 252 of Debian 12 boots on cgroup v1 and v2 alike; newer ones refuse v1 unless forced. */
const NODE_BASE = {
  suite: 'bookworm',
  packages: [
    ...['systemd', 'systemd-sysv', 'dbus', 'kmod', 'mount', 'procps', 'e2fsprogs', 'ca-certificates'],
    ...['iproute2', 'iptables', 'nftables', 'conntrack', 'ethtool', 'socat', 'containernetworking-plugins', 'runc'],
    ...['catatonit', 'busybox-static'],
  ],
};

/** Returns the name of a node image that the engine has, after pulling or building it. */
export async function ensureNodeImage(engine: Engine, note: (text: string) => void): Promise<string> {
  const built = await builtNodeImage(engine);
  if ((await imageId(engine, built)) !== undefined) return built;
  note(`pulling ${PULLED_NODE_IMAGE.split('@')[0]}`);
  const reason = await pullImage(engine, PULLED_NODE_IMAGE);
  if (reason === undefined) return PULLED_NODE_IMAGE;
  await requireImageMaking(PULLED_NODE_IMAGE, reason);
  await buildNodeImage(engine, built, note);
  return built;
}

/** Whether the engine has a node image already. */
export async function hasNodeImage(engine: Engine): Promise<boolean> {
  const ids = await Promise.all([PULLED_NODE_IMAGE, await builtNodeImage(engine)].map((name) => imageId(engine, name)));
  return ids.some((id) => id !== undefined);
}

/** Whether a node that was made from this image is one that this checkout would make. */
export async function isCurrentNodeImage(engine: Engine, reference: string): Promise<boolean> {
  return reference === PULLED_NODE_IMAGE || reference === (await builtNodeImage(engine));
}

/** Its name; what it is built from is in it. */
async function builtNodeImage({ architecture }: Engine): Promise<string> {
  const hash = contentHash(await treeHash(SOURCES), architecture, JSON.stringify([IMAGE_NAMES, NODE_BASE]));
  return `pod-patterns/node:${hash}`;
}

async function buildNodeImage(engine: Engine, tag: string, note: (text: string) => void): Promise<void> {
  note('it cannot be pulled: making a Debian base');
  const base = await makeDebianImage(engine, NODE_BASE);
  const programs = await buildPrograms(engine, note);
  note('building the node image');
  const context = join(engine.host.cache, 'node-image-context');
  await rm(context, { recursive: true, force: true });
  await cp(programs, context, { recursive: true });
  await cp(join(SOURCES, 'rootfs'), join(context, 'rootfs'), { recursive: true });

  const names = Object.entries(IMAGE_NAMES);
  for (const [target, tags] of names) {
    const dockerfile = join(SOURCES, 'components/Dockerfile');
    await buildImage(engine, { context, dockerfile, target, tags, buildArgs: { BASE_IMAGE: base } });
  }
  const componentTags = names.flatMap(([, tags]) => tags);
  await engine.host.run('docker', ['save', '--output', join(context, 'images.tar'), ...componentTags]);
  await buildImage(engine, {
    context,
    dockerfile: join(SOURCES, 'Dockerfile'),
    tags: [tag],
    buildArgs: {
      BASE_IMAGE: base,
      KUBERNETES_VERSION,
      PAUSE_IMAGE: IMAGE_NAMES.pause[0] ?? '',
      STORAGE_IMAGE: IMAGE_NAMES.storage[0] ?? '',
    },
  });
  // They live on in the node image; in the engine's own store nobody needs them.
  await engine.host.run('docker', ['rmi', ...componentTags]);
  await rm(context, { recursive: true, force: true });
}

/** Compiles every Go program of the node into a folder of the cache and returns it; minutes at first, nothing later. */
async function buildPrograms(engine: Engine, note: (text: string) => void): Promise<string> {
  const { host, architecture } = engine;
  const modules = { programs: join(SOURCES, 'programs'), containerd: join(SOURCES, 'containerd') };
  const key = contentHash(await treeHash(modules.programs), await treeHash(modules.containerd), architecture, GO_FLAGS);
  const folder = join(host.cache, 'node-programs', key);
  await makeCacheFolder(folder, async (unfinished) => {
    await requireGo(host, '1.26', 'build the node image');
    const build = async (cwd: string, flags: readonly string[], packages: readonly string[]) => {
      const env = { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: architecture, GOFLAGS: '-buildvcs=false -mod=readonly' };
      await host.run('go', ['build', '-trimpath', ...flags, '-o', `${unfinished}/`, ...packages], { cwd, env });
    };
    note('compiling Kubernetes, etcd and CoreDNS: about ten minutes on two cores, once');
    await build(modules.programs, ['-ldflags', GO_FLAGS], ['./kubernetes', './coredns', 'go.etcd.io/etcd/server/v3']);
    await rename(join(unfinished, 'server'), join(unfinished, 'etcd'));
    // On its own: a package below it differs from one of CoreDNS's by nothing but the case of its path, which Go refuses.
    await build(modules.programs, ['-ldflags', '-s -w'], ['github.com/rancher/local-path-provisioner']);
    note('compiling containerd');
    const containerd = ['containerd', 'containerd-shim-runc-v2', 'ctr'].map(
      (name) => `github.com/containerd/containerd/v2/cmd/${name}`,
    );
    await build(modules.containerd, ['-ldflags', '-s -w', '-tags', 'no_btrfs,no_devmapper,no_zfs'], containerd);
  });
  await removeNeighbours(folder);
  return folder;
}
