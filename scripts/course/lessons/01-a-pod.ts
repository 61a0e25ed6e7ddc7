/** Lesson 1: what the containers of a Pod share, and what it takes to signal across them. */
import type { Check, CourseCluster, Lesson, Verdict } from '../lesson.ts';

const NAMESPACE = 'lesson-pod';
const HELPER = { namespace: NAMESPACE, pod: 'pair', container: 'helper' };

/** Runs in the helper: who it is, what it sees, and whether it may signal the first nginx. Signal 0 only asks. */
const LOOK_AROUND = `
  const fs = require('node:fs');
  const read = (path) => { try { return fs.readFileSync(path, 'utf8'); } catch { return ''; } };
  const processes = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => {
    const status = read('/proc/' + pid + '/status');
    const field = (name) => new RegExp('^' + name + ':\\\\s+(\\\\S+)', 'm').exec(status)?.[1] ?? '';
    return { pid: Number(pid), name: field('Name'), uid: Number(field('Uid')) };
  });
  const nginx = processes.find(({ name }) => name === 'nginx');
  let signal;
  if (nginx) try { process.kill(nginx.pid, 0); signal = 'delivered'; } catch (error) { signal = error.code; }
  const capabilities = /^CapEff:\\s+(\\S+)/m.exec(read('/proc/self/status'))?.[1];
  console.log(JSON.stringify({ uid: process.getuid(), capabilities, processes, nginx, signal }));
`;

interface Surroundings {
  readonly uid: number;
  /** The effective ones, as a hexadecimal mask. */
  readonly capabilities: string;
  readonly processes: readonly { readonly pid: number; readonly name: string; readonly uid: number }[];
  readonly nginx?: { readonly pid: number; readonly uid: number };
  readonly signal?: string;
}

async function lookAround(cluster: CourseCluster): Promise<Surroundings> {
  const { exitCode, stdout, stderr } = await cluster.exec(HELPER, ['node', '-e', LOOK_AROUND]);
  if (exitCode !== 0) throw new Error(`the helper cannot look around: ${stderr}`);
  return JSON.parse(stdout) as Surroundings;
}

const AGAIN = 'Make the Pod anew from manifests/concepts/01-a-pod/pair.yaml with';

/** Undefined if the helper sees the processes of its Pod, and of nobody else. */
function sightFault({ processes, nginx }: Surroundings): Verdict | undefined {
  const names = processes.map(({ name }) => name);
  if (names.includes('kubelet')) {
    return {
      state: 'wrong',
      reason: `the helper sees ${processes.length} processes, the kubelet too: that is the process namespace of the node`,
      next: `${AGAIN} shareProcessNamespace: true and without hostPID.`,
    };
  }
  if (nginx !== undefined) return undefined;
  return {
    state: 'not-yet',
    reason: `the helper sees ${processes.length} processes, and no nginx among them; its PID 1 is ${names[0] ?? '?'}`,
    next: `${AGAIN} shareProcessNamespace: true.`,
  };
}

const seesProcesses: Check = {
  id: 'sees-processes',
  task: 'Let the helper of the Pod pair see the processes of nginx, and none of the node’s.',
  async look(cluster) {
    const surroundings = await lookAround(cluster);
    const fault = sightFault(surroundings);
    if (fault !== undefined) return fault;
    const { processes, nginx } = surroundings;
    const first = processes.find(({ pid }) => pid === 1)?.name;
    return { state: 'passed', seen: `PID 1 is ${first}, and nginx has PID ${nginx?.pid}, as the helper sees them` };
  },
};

const maySignal: Check = {
  id: 'may-signal',
  task: 'Let the helper of the Pod pair signal nginx, without being root and without any capability.',
  async look(cluster) {
    const surroundings = await lookAround(cluster);
    const fault = sightFault(surroundings);
    if (fault !== undefined) return fault;
    const { uid, nginx, signal } = surroundings;
    const capabilities = BigInt(`0x${surroundings.capabilities}`);
    if (capabilities !== 0n) {
      return {
        state: 'wrong',
        reason: `the helper runs as UID ${uid} with the capabilities 0x${capabilities.toString(16)}: far more power than a signal needs`,
        next: `${AGAIN} capabilities: drop: [ALL], and one UID for both containers.`,
      };
    }
    if (uid === 0) {
      return {
        state: 'wrong',
        reason: `the helper is root without capabilities, and that root may signal its own processes only: ${signal}`,
        next: `${AGAIN} one UID for both containers, and not 0.`,
      };
    }
    if (signal !== 'delivered') {
      return {
        state: 'not-yet',
        reason: `the helper (UID ${uid}) may not signal nginx (UID ${nginx?.uid}): ${signal}`,
        next: `${AGAIN} one UID for both containers.`,
      };
    }
    return { state: 'passed', seen: `a helper of UID ${uid} without capabilities reaches nginx, PID ${nginx?.pid}` };
  },
};

export const lesson: Lesson = {
  number: 1,
  slug: 'a-pod',
  title: 'A Pod is a few containers that share things',
  question: 'What do the containers of one Pod share, what not, and what does it take for one to signal another?',
  minutes: 15,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'Pod',
      meaning: 'One or more containers that run on one node, start and end together, and share an address and volumes.',
      ecs: 'Task: the running copy of a task definition.',
    },
    {
      name: 'container',
      meaning:
        'Processes with an image as their file system, and namespaces of Linux that hide the rest of the machine.',
      ecs: 'Container: the same, described by a container definition.',
    },
    {
      name: 'network namespace',
      meaning: 'Linux’s view of addresses and ports. A Pod has one, so its containers meet on localhost.',
      ecs: 'The network mode awsvpc: one network interface a task, and its containers meet on localhost.',
    },
    {
      name: 'shareProcessNamespace',
      meaning: 'Field of a Pod: its containers see one list of processes, with the pause process as PID 1.',
      ecs: 'pidMode: task in the task definition.',
    },
    {
      name: 'hostPID',
      meaning: 'Field of a Pod: its containers see all processes of the node. For tools of the node only.',
      ecs: 'pidMode: host, which Fargate does not have.',
    },
    {
      name: 'pause',
      meaning: 'The first process of every Pod. It holds the namespaces that the containers join, and reaps orphans.',
      ecs: 'Also there in the mode awsvpc, as a container of the agent; one never writes it down.',
    },
    {
      name: 'PID 1',
      meaning: 'The first process of a process namespace. Signals that it has no handler for do not reach it.',
      ecs: 'The same, because it is Linux’s; initProcessEnabled puts a small init there.',
    },
    {
      name: 'capability',
      meaning:
        'One of the privileges that root is made of, such as KILL. A container can drop all and add single ones.',
      ecs: 'linuxParameters.capabilities; Fargate only lets SYS_PTRACE be added.',
    },
  ],
  checks: [seesProcesses, maySignal],
};
