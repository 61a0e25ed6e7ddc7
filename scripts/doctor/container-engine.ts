/** The container engine and what it has to work with. */
import type { Engine } from '../engine/engine.ts';
import { findEngine } from '../engine/engine.ts';
import { canInstallPackages } from '../host/debian.ts';
import { exists } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { checkDisk } from './disk.ts';
import type { Finding } from './finding.ts';

const GIB = 1024 ** 3;
const MINIMUM_MEMORY_BYTES = 4 * GIB;
const MINIMUM_CPUS = 2;

/** As `docker info --format '{{json .}}'` prints it. */
interface EngineInfo {
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly CgroupVersion?: string;
  readonly SecurityOptions?: readonly string[];
  readonly DriverStatus?: readonly (readonly string[])[];
  readonly DockerRootDir?: string;
}

/** The engine if one answers, with what there is to say about it. */
export async function checkEngine(host: Host): Promise<{ engine: Engine | undefined; findings: Finding[] }> {
  const check = 'Container engine';
  const why = 'The node of the cluster is a container.';
  const found = await findEngine(host);
  if (found.state === 'answers') {
    const { engine } = found;
    const finding: Finding = { check, state: 'ok', found: `${engine.version}, ${engine.architecture}`, why };
    return { engine, findings: [finding, ...(await checkInfo(engine))] };
  }
  const { state, detail } = found;
  if (state === 'absent' && (await canInstallPackages())) {
    return { engine: undefined, findings: [{ check, state: 'ok', found: 'none yet: npm run up sets one up', why }] };
  }
  const fix = {
    absent: 'Install and start Docker: https://docs.docker.com/engine/install/',
    forbidden: 'sudo usermod -aG docker "$USER", then log in again',
    unreachable:
      'Start it; or, if DOCKER_HOST or a docker context points elsewhere, take that back: docker context use default',
  }[state];
  return { engine: undefined, findings: [{ check, state: 'failure', found: detail, why, fix }] };
}

async function checkInfo({ host }: Engine): Promise<Finding[]> {
  const { exitCode, stdout } = await host.attempt('docker', ['info', '--format', '{{json .}}'], { timeoutMs: 30_000 });
  if (exitCode !== 0) return [];
  const info = JSON.parse(stdout) as EngineInfo;
  return [checkSize(info), checkMode(info), ...checkImageStore(info), ...(await checkRoom(info))];
}

function checkSize({ NCPU, MemTotal }: EngineInfo): Finding {
  const finding = {
    check: 'CPUs and memory of the engine',
    found: `${NCPU} CPUs, ${(MemTotal / GIB).toFixed(1)} GiB`,
    why: 'Too little of them, and Pods are killed or never become ready.',
  };
  // What is given to a machine as 4 GiB shows as a little less.
  if (NCPU >= MINIMUM_CPUS && MemTotal >= MINIMUM_MEMORY_BYTES * 0.9) return { ...finding, state: 'ok' };
  const fix = `Give the engine ${MINIMUM_CPUS} CPUs and ${MINIMUM_MEMORY_BYTES / GIB} GiB, in Docker Desktop under Settings, Resources.`;
  return { ...finding, state: 'warning', fix };
}

function checkMode({ CgroupVersion = '?', SecurityOptions = [] }: EngineInfo): Finding {
  const isRootless = SecurityOptions.some((option) => option.includes('rootless'));
  const finding = {
    check: 'Mode of the engine',
    found: `${isRootless ? 'rootless' : 'with root'}, cgroup v${CgroupVersion}`,
    why: 'A kubelet in a rootless container can only limit memory and CPU through cgroup v2.',
  };
  if (!isRootless || CgroupVersion === '2') return { ...finding, state: 'ok' };
  const fix = 'Use an engine with root, or boot with cgroup v2 (systemd.unified_cgroup_hierarchy=1).';
  return { ...finding, state: 'failure', fix };
}

function checkImageStore({ DriverStatus = [] }: EngineInfo): Finding[] {
  const isContainerd = DriverStatus.flat().some((entry) => entry.includes('io.containerd.snapshotter'));
  if (!isContainerd) return [];
  return [
    {
      check: 'Image store',
      state: 'ok',
      found: "containerd's",
      why: 'kind load docker-image fails with it for images of several platforms; this kit loads archives instead.',
    },
  ];
}

/** Images, and with them the node, are where the engine keeps its data; in a virtual machine nobody can look there. */
async function checkRoom({ DockerRootDir = '' }: EngineInfo): Promise<Finding[]> {
  if (!(await exists(DockerRootDir))) return [];
  const fix = 'Make room: docker system df shows what takes it, docker system prune removes what nothing uses.';
  return [await checkDisk('Disk of the engine', DockerRootDir, { state: 'warning', fix })];
}
