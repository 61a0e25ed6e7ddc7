/**
 * Containers of the engine for tests. Everything carries one label, so that what a killed run left behind can be found,
 * and a container that does not get as far as running is removed too.
 */
import { GenericContainer, StartupCheckStrategy, type StartupStatus } from 'testcontainers';
import { inject } from 'vitest';
import type { RunResult } from '../../scripts/host/host.ts';
import { testEngine } from './engine.ts';

export const TEST_LABEL = { name: 'pod-patterns.test', value: '1' };

let client: ReturnType<typeof testEngine> | undefined;

/** Runs the engine's client and returns what it printed; throws if it fails. */
export async function docker(...args: string[]): Promise<string> {
  const { host } = await (client ??= testEngine());
  return host.run('docker', args);
}

/** As `docker`, but both streams apart, and a failure is a result like any other. */
export async function attemptDocker(...args: string[]): Promise<RunResult> {
  const { host } = await (client ??= testEngine());
  return host.attempt('docker', args);
}

/** Full name of an image of the kit, as this checkout builds it. */
export function imageOf(name: string): string {
  const reference = inject('images')[name];
  if (reference === undefined) throw new Error(`there is no image ${name}`);
  return reference;
}

/** Removes what an earlier run was killed before it could; call it before anything is started. */
export const removeLeftovers = () => removeLabelled(TEST_LABEL.name, TEST_LABEL.value);

/** Removes containers, networks and volumes with a label. */
export async function removeLabelled(labelName: string, labelValue: string): Promise<void> {
  const filter = ['--quiet', '--filter', `label=${labelName}=${labelValue}`];
  const remove = async (list: string[], removal: string[]) => {
    const ids = (await docker(...list, ...filter)).split('\n').filter(Boolean);
    if (ids.length > 0) await docker(...removal, ...ids);
  };
  await remove(['ps', '--all'], ['rm', '--force', '--volumes']);
  await remove(['network', 'ls'], ['network', 'rm']);
  await remove(['volume', 'ls'], ['volume', 'rm']);
}

/** A network for Pods that call each other; leaving the scope removes it. */
export async function createNetwork(): Promise<{ readonly name: string } & AsyncDisposable> {
  const name = `pod-patterns-test-${crypto.randomUUID()}`;
  await docker('network', 'create', '--label', `${TEST_LABEL.name}=${TEST_LABEL.value}`, name);
  return {
    name,
    async [Symbol.asyncDispose]() {
      await docker('network', 'rm', name);
    },
  };
}

/** Started is enough: what it takes to be ready is in the manifest's probes. */
class Started extends StartupCheckStrategy {
  override async checkStartupState(): Promise<StartupStatus> {
    return 'SUCCESS';
  }
}

/** A container as the Pods run them: nothing of the image can be written, and there is no privilege to use or gain. */
export class RestrictedContainer extends GenericContainer {
  constructor(image: string) {
    super(imageOf(image));
    this.hostConfig.ReadonlyRootfs = true;
    this.withDroppedCapabilities('ALL').withSecurityOpt('no-new-privileges').withWaitStrategy(new Started());
  }

  /** Settings of the engine's API that testcontainers has no method for. */
  withHostConfig(settings: Partial<GenericContainer['hostConfig']>): this {
    Object.assign(this.hostConfig, settings);
    return this;
  }
}
