/**
 * A Pod of manifests/ in plain containers: the same images, arguments, mounts, limits and shared namespaces, without a
 * cluster. The first container that keeps running stands for the Pod: the others join its namespaces, and all ports are
 * published there. Only what the manifest mounts can be written.
 */
import type { StartedTestContainer } from 'testcontainers';
import { pods } from '../manifests/read-manifests.ts';
import { attemptDocker, docker, removeLabelled, TEST_LABEL } from './containers.ts';
import { createPodContainer, type PodContainer } from './pod-container.ts';
import { describeContainer, holdNamespaces, joinNamespaces } from './pod-description.ts';
import { waitForProbe } from './pod-probes.ts';
import { createVolumes } from './pod-volumes.ts';

export interface PodOptions {
  /** The network it is in, where others find it under its name and these. */
  readonly network?: { readonly name: string };
  readonly aliases?: readonly string[];
  /** Text of arguments and ConfigMaps that has to be another without a cluster; each must occur. */
  readonly replace?: Readonly<Record<string, string>>;
}

export interface DockerPod extends AsyncDisposable {
  /** A container that runs, by its name in the manifest. */
  container(name: string): PodContainer;
  /** Address on this machine of a port of the Pod, such as `127.0.0.1:32768`. */
  address(containerPort: number): string;
  /** Folder on this machine behind a ConfigMap. */
  configFolder(configMap: string): string;
}

/** Starts a Pod and waits until each container with a probe is ready; leaving the scope removes all of it. */
export async function startPod(name: string, options: PodOptions = {}): Promise<DockerPod> {
  const pod = pods.find((candidate) => candidate.name === name);
  if (pod === undefined) throw new Error(`there is no Pod ${name} in manifests/`);
  const labels = { [TEST_LABEL.name]: TEST_LABEL.value, 'pod-patterns.test.pod': crypto.randomUUID() };
  const { edit, assertAllFound } = createEdit(options.replace ?? {});

  await using stack = new AsyncDisposableStack();
  stack.defer(() => removeLabelled('pod-patterns.test.pod', labels['pod-patterns.test.pod']));
  const volumes = stack.use(await createVolumes(pod, labels, edit));
  const context = { pod, labels, volumes, edit };

  for (const spec of pod.initContainers) {
    await expectSuccess(spec.name, await describeContainer(spec, context).start());
  }
  const started = new Map<string, StartedTestContainer>();
  let holder: StartedTestContainer | undefined;
  const findPort = (containerPort: number) => {
    if (holder === undefined) throw new Error(`${name} has no container yet`);
    return { host: holder.getHost(), port: holder.getMappedPort(containerPort) };
  };
  try {
    for (const spec of pod.running) {
      const description = describeContainer(spec, context);
      if (holder === undefined) holdNamespaces(description, context, options.network, options.aliases ?? []);
      else joinNamespaces(description, context, holder.getId());
      const container = await description.start();
      holder ??= container;
      started.set(spec.name, container);
      if (spec.startupProbe !== undefined) await waitForProbe(spec.startupProbe, spec, container, findPort);
    }
    assertAllFound();
    for (const spec of pod.running) {
      const container = started.get(spec.name);
      if (spec.readinessProbe === undefined || container === undefined) continue;
      await waitForProbe(spec.readinessProbe, spec, container, findPort);
    }
  } catch (error) {
    throw new Error(`${name} is not ready: ${String(error)}\n${await collectLogs(started)}`, { cause: error });
  }

  const rest = stack.move();
  return {
    container(containerName) {
      const container = started.get(containerName);
      if (container === undefined) throw new Error(`${name} runs no container ${containerName}`);
      return createPodContainer(container);
    },
    address(containerPort) {
      const { host, port } = findPort(containerPort);
      return `${host}:${port}`;
    },
    configFolder: (configMap) => volumes.configFolder(configMap),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** Replaces in all texts of a Pod, and tells what occurred in none of them: it would have no effect unnoticed. */
function createEdit(replace: Readonly<Record<string, string>>) {
  const unfound = new Set(Object.keys(replace));
  return {
    edit: (text: string): string => {
      let edited = text;
      for (const [from, to] of Object.entries(replace)) {
        if (edited.includes(from)) unfound.delete(from);
        edited = edited.replaceAll(from, to);
      }
      return edited;
    },
    assertAllFound: (): void => {
      if (unfound.size > 0) throw new Error(`the manifests do not say ${[...unfound].join(' nor ')}`);
    },
  };
}

async function expectSuccess(name: string, container: StartedTestContainer): Promise<void> {
  const exitCode = await docker('wait', container.getId());
  if (exitCode === '0') return;
  const { stdout, stderr } = await attemptDocker('logs', container.getId());
  throw new Error(`${name} ended with ${exitCode}:\n${stdout}${stderr}`);
}

async function collectLogs(containers: ReadonlyMap<string, StartedTestContainer>): Promise<string> {
  const texts = [...containers].map(async ([name, container]) => {
    const { stdout, stderr } = await attemptDocker('logs', '--tail', '40', container.getId());
    return `--- ${name}\n${stdout}\n${stderr}`;
  });
  return (await Promise.all(texts)).join('\n');
}
