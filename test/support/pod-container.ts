/** One running container, as tests look at it. */
import type { ExecResult, StartedTestContainer } from 'testcontainers';
import { attemptDocker, docker } from './containers.ts';

export interface PodContainer {
  readonly id: string;
  /** What it has printed so far. */
  output(): Promise<{ readonly stdout: string; readonly stderr: string }>;
  /** The JSON objects that it has printed on stdout, one a line; throws if a line is not one. */
  events(): Promise<Record<string, unknown>[]>;
  exec(...command: string[]): Promise<ExecResult>;
  signal(name: string): Promise<void>;
  /** Stops it as the kubelet does, with the image's stop signal, and returns the exit code: 137 if it had to be killed. */
  stop(graceSeconds: number): Promise<number>;
  /** Starts it again after `stop`. */
  start(): Promise<void>;
  /** What the engine says about it, by a Go template such as `{{.State.Status}}`. */
  inspect(format: string): Promise<string>;
}

export function createPodContainer(container: StartedTestContainer): PodContainer {
  const id = container.getId();
  const inspect = (format: string) => docker('inspect', '--format', format, id);
  const output = async () => {
    const { stdout, stderr } = await attemptDocker('logs', id);
    return { stdout, stderr };
  };
  return {
    id,
    output,
    async events() {
      const { stdout } = await output();
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    exec: (...command) => container.exec(command),
    async signal(name) {
      await docker('kill', '--signal', name, id);
    },
    async stop(graceSeconds) {
      await docker('stop', '--time', String(graceSeconds), id);
      return Number(await inspect('{{.State.ExitCode}}'));
    },
    async start() {
      await docker('start', id);
    },
    inspect,
  };
}
