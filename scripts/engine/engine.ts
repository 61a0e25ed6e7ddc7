/** The container engine: found, or set up where there is none. One that answers is used as it is, never changed. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import { canInstallPackages } from '../host/debian.ts';
import type { Host } from '../host/host.ts';
import { installEngine, withEnginePrograms } from './install-engine.ts';
import { startEngine } from './start-engine.ts';

/** A container engine that answers. */
export interface Engine {
  /** The host, with the engine's client on its PATH. */
  readonly host: Host;
  readonly version: string;
  /** Architecture of the images it runs, as Go and Docker name it. */
  readonly architecture: Architecture;
}

export type Architecture = 'amd64' | 'arm64';

type Probe = { state: 'answers'; engine: Engine } | { state: 'absent' | 'forbidden' | 'unreachable'; detail: string };

/**
 * Uses the engine that answers, or sets one up: as root on Debian or Ubuntu, on a machine that has none.
 * Throws ENGINE_FORBIDDEN, ENGINE_UNREACHABLE or ENGINE_MISSING with what to do.
 */
export async function ensureEngine(
  host: Host,
  note: (text: string) => void,
  { canInstall } = { canInstall: canInstallPackages },
): Promise<Engine> {
  const found = await findEngine(host);
  if (found.state === 'answers') return found.engine;
  if (found.state === 'forbidden') {
    throw new AppError(
      'ENGINE_FORBIDDEN',
      `a container engine runs, but you may not use it: ${found.detail}`,
      'Add yourself to its group and log in again: sudo usermod -aG docker "$USER"',
    );
  }
  if (host.env['DOCKER_HOST']) {
    throw new AppError(
      'ENGINE_UNREACHABLE',
      `no container engine answers at DOCKER_HOST=${host.env['DOCKER_HOST']}: ${found.detail}`,
      'Start that engine, or unset DOCKER_HOST.',
    );
  }
  if (!(await canInstall())) {
    throw new AppError(
      'ENGINE_MISSING',
      `no container engine answers: ${found.detail}`,
      'Install and start Docker (https://docs.docker.com/engine/install/); as root on Debian or Ubuntu this command does it for you.',
    );
  }
  note('none answers: setting one up');
  await installEngine(host, note);
  // A package may have started it already, where systemd runs.
  const installed = await findEngine(host);
  if (installed.state === 'answers') return installed.engine;
  await startEngine(withEnginePrograms(host), note);
  const started = await findEngine(host);
  if (started.state === 'answers') return started.engine;
  throw new AppError(
    'ENGINE_UNREACHABLE',
    `the engine was started but does not answer: ${started.detail}`,
    'Run the command again.',
  );
}

/** Asks the engine for its version; does not change anything. */
export async function findEngine(machine: Host): Promise<Probe> {
  const host = withEnginePrograms(machine);
  const result = await host.attempt('docker', ['version', '--format', '{{.Server.Version}} {{.Server.Arch}}'], {
    timeoutMs: 30_000,
  });
  if (result.exitCode === 0) {
    const [version = '', architecture] = result.stdout.trim().split(' ');
    if (architecture !== 'amd64' && architecture !== 'arm64') {
      throw new AppError(
        'ENGINE_ARCHITECTURE',
        `the container engine runs on ${architecture}`,
        'The images of the kit are built for amd64 and arm64: use an engine on one of them.',
      );
    }
    return { state: 'answers', engine: { host, version, architecture } };
  }
  const detail = result.isMissing ? 'there is no docker command' : (result.stderr.trim().split('\n').at(-1) ?? '');
  if (/permission denied/i.test(detail)) return { state: 'forbidden', detail };
  return {
    state:
      result.isMissing || /cannot connect|is the docker daemon running|no such file/i.test(detail)
        ? 'absent'
        : 'unreachable',
    detail,
  };
}
