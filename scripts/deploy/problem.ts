/**
 * Why something is not ready, in plain words, and what to do about it: one entry for each reason that the kubelet, the
 * scheduler or a controller can give. `patienceMs` says how long a reason may stand before waiting is pointless; one
 * without it may always pass.
 */
import { describeCommand, formatRef, type ObjectRef } from './object-ref.ts';

export interface Problem {
  /** Kubernetes' own word for it, for searching. */
  readonly code: string;
  /** `Pod/ambassador-6d5f…` */
  readonly object: string;
  readonly container?: string;
  /** Plain words, with the cluster's own message. */
  readonly reason: string;
  /** Where in the object the cause is to be sought: `spec.containers[name=app].image`. */
  readonly field?: string;
  /** The newest event that belongs to it. */
  readonly event?: string;
  /** The last lines of the container's log. */
  readonly logTail?: readonly string[];
  readonly fix: string;
  /** The kubectl command that shows it. */
  readonly command: string;
}

export interface Facts {
  readonly ref: Omit<ObjectRef, 'apiVersion'>;
  readonly container?: string | undefined;
  /** The list of the Pod's spec that the container stands in. */
  readonly list?: 'containers' | 'initContainers' | undefined;
  readonly image?: string | undefined;
  /** The cluster's own message. */
  readonly message?: string | undefined;
  readonly event?: string | undefined;
}

interface Entry {
  readonly reason: (facts: Facts) => string;
  readonly fix: string | ((facts: Facts) => string);
  readonly patienceMs?: number;
  /** Where the cause is: of the container, where there is one, else of the object. */
  readonly field?: string | ((facts: Facts) => string);
  /** The container's log tells more than the description of its object. */
  readonly hasLog?: true;
}

const LOAD_OUR_IMAGE = 'Run `npm run up`: it builds the image and loads it into the node.';
const fixImage = ({ image = '' }: Facts) =>
  /^(docker\.io\/)?pod-patterns\//.test(image)
    ? LOAD_OUR_IMAGE
    : 'Correct the name and tag of the image; the node must be able to reach its registry, or have it loaded.';

/** An image that was loaded a moment ago may still be reported missing. */
const IMAGE_PATIENCE_MS = 15_000;
const NEVER_HEALS_MS = 0;
/** After a restart of the node, the kubelet begins again with a pause of 10 s, whatever the number of restarts is. */
const CRASH_PATIENCE_MS = 12_000;

/** What the scheduler's message points at; it counts the nodes that each reason excludes. */
function schedulingAdvice({ message = '' }: Facts): { readonly field: string; readonly fix: string } {
  if (message.includes('untolerated taint')) {
    const fix = 'Give the Pod a toleration for the taint that the message names, or take the taint from the node.';
    return { field: 'spec.tolerations', fix };
  }
  if (/node affinity|node selector/.test(message)) {
    const fix = 'Correct the selector, or label a node as it says: kubectl get nodes --show-labels';
    return { field: 'spec.nodeSelector', fix };
  }
  if (message.includes('persistentvolumeclaim')) {
    const fix = 'Create the claim that the message names, or correct its name in the volume.';
    return { field: 'spec.volumes', fix };
  }
  if (message.includes('Insufficient')) {
    const fix = 'Lower resources.requests, remove other Pods, or use a larger node: kubectl describe nodes';
    return { field: 'spec.containers[*].resources.requests', fix };
  }
  return { field: 'spec', fix: 'Change what the message names.' };
}

const CATALOGUE = {
  ErrImageNeverPull: {
    reason: ({ image }) => `the image ${image} is not on the node, and its pull policy forbids to fetch it`,
    field: 'image',
    fix: fixImage,
    patienceMs: IMAGE_PATIENCE_MS,
  },
  ErrImagePull: {
    reason: ({ image, message }) => `the image ${image} is not on the node and cannot be pulled${because(message)}`,
    field: 'image',
    fix: fixImage,
    patienceMs: IMAGE_PATIENCE_MS,
  },
  InvalidImageName: {
    reason: ({ image }) => `${JSON.stringify(image)} is not a valid image name`,
    field: 'image',
    fix: 'Write it as name:tag, in lower case, without a scheme such as https://.',
    patienceMs: NEVER_HEALS_MS,
  },
  CreateContainerConfigError: {
    reason: ({ message }) => `the container refers to something that is not there${because(message)}`,
    field: ({ message = '' }) => (message.includes('runAsNonRoot') ? 'securityContext' : 'env'),
    fix: 'Create the ConfigMap, the Secret or the key that the message names, or correct the name.',
    patienceMs: 10_000,
  },
  CreateContainerError: {
    reason: ({ message }) => `the container cannot be created${because(message)}`,
    fix: 'The message names the cause: usually the command, a mount, or the image.',
    patienceMs: 15_000,
  },
  RunContainerError: {
    reason: ({ message }) => `the container cannot be started${because(message)}`,
    field: 'command',
    fix: 'The message names the cause: usually a command that is not in the image, or a file mounted over a folder.',
    patienceMs: 15_000,
  },
  CrashLoopBackOff: {
    reason: ({ message }) => `the program ends again and again${because(message)}`,
    field: 'command',
    fix: 'Read the last lines it wrote; correct its configuration or its command.',
    patienceMs: CRASH_PATIENCE_MS,
    hasLog: true,
  },
  Restarting: {
    reason: ({ message }) => `the program ended and is started again${because(message)}`,
    fix: 'If it goes on, read the last lines it wrote.',
    hasLog: true,
  },
  ContainerEnded: {
    reason: ({ message }) => `the program has ended${because(message)}`,
    fix: 'Read the last lines it wrote.',
    hasLog: true,
  },
  OOMKilled: {
    reason: () => 'the program used more memory than its limit and was killed',
    field: 'resources.limits.memory',
    fix: 'Raise resources.limits.memory of the container, or make the program use less.',
    patienceMs: CRASH_PATIENCE_MS,
    hasLog: true,
  },
  ExecFormatError: {
    reason: () => 'the program is built for another kind of processor than the node has',
    field: 'image',
    fix: 'Build the image for the architecture of the node: kubectl get nodes -o wide',
    hasLog: true,
  },
  NotReady: {
    reason: ({ message }) => `the program runs, but its readiness probe fails${because(message)}`,
    field: 'readinessProbe',
    fix: 'Ask the probe yourself, or read the log: the program is not listening yet, or says why it is not ready.',
    hasLog: true,
  },
  NotStarted: {
    reason: ({ message }) => `the program runs, but its startup probe has not passed yet${because(message)}`,
    field: 'startupProbe',
    fix: 'Give it time, or read its log.',
    hasLog: true,
  },
  InitRunning: {
    reason: () => 'an init container is still at work; the containers after it wait',
    fix: 'Give it time, or read its log.',
    hasLog: true,
  },
  Unschedulable: {
    reason: ({ message }) => `no node can take the Pod${because(message)}`,
    field: (facts) => schedulingAdvice(facts).field,
    fix: (facts) => schedulingAdvice(facts).fix,
    patienceMs: 20_000,
  },
  FailedMount: {
    reason: ({ message }) => `a volume cannot be mounted${because(message)}`,
    field: 'spec.volumes',
    fix: 'Create the ConfigMap, Secret or claim that the message names, or correct the name.',
  },
  FailedCreatePodSandBox: {
    reason: ({ message }) => `the node cannot set up the Pod${because(message)}`,
    fix: 'Usually the network of the node: kubectl -n kube-system get pods',
  },
  PodFailed: {
    reason: ({ message }) => `the Pod has failed${because(message)}`,
    fix: 'Delete the Pod; its controller makes a new one.',
    patienceMs: 5_000,
  },
  FailedCreate: {
    reason: ({ message }) => `its Pods are refused${because(message)}`,
    field: 'spec.template.spec',
    fix: ({ message = '' }) => {
      if (message.includes('quota')) return 'Lower the requests and limits, or raise the ResourceQuota.';
      if (message.includes('PodSecurity'))
        return 'Change securityContext as the message says; the namespace enforces it.';
      return 'Correct what the message names.';
    },
    patienceMs: 5_000,
  },
  ProgressDeadlineExceeded: {
    reason: ({ message }) => `the rollout made no progress in time${because(message)}`,
    fix: 'Look at its Pods and events.',
    patienceMs: NEVER_HEALS_MS,
  },
  Failed: {
    reason: ({ message }) => `it has failed${because(message)}`,
    fix: 'Look at its Pods and events.',
    patienceMs: NEVER_HEALS_MS,
  },
  SelectsNoPods: {
    reason: ({ message }) => `the Service leads to no Pod${because(message)}`,
    field: 'spec.selector',
    fix: 'Make the selector of the Service and the labels of the Pods the same.',
  },
  PortNotDeclared: {
    reason: ({ message }) => `the Service leads to a port that its Pods do not declare${because(message)}`,
    field: 'spec.ports',
    fix: 'Correct targetPort: a number that the program listens on, or the name of a port of its container.',
  },
  ClaimPending: {
    reason: ({ message }) => `the volume claim is not bound${because(message)}`,
    field: 'spec.storageClassName',
    fix: 'A claim waits for the first Pod that uses it; if one does, look at the StorageClass and its provisioner.',
  },
  Waiting: {
    reason: ({ message }) => `it is not ready yet${because(message)}`,
    fix: 'Give it time, or look at its events.',
  },
} as const satisfies Record<string, Entry>;

export type ProblemCode = keyof typeof CATALOGUE;

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(CATALOGUE, code);
}

export function makeProblem(code: ProblemCode, facts: Facts): Problem {
  const { reason, field, fix, hasLog }: Entry = CATALOGUE[code];
  return {
    code,
    object: formatRef(facts.ref),
    ...(facts.container !== undefined && { container: facts.container }),
    reason: reason(facts),
    ...(field !== undefined && { field: fieldPath(typeof field === 'string' ? field : field(facts), facts) }),
    ...(facts.event !== undefined && { event: facts.event }),
    fix: typeof fix === 'string' ? fix : fix(facts),
    command: hasLog && facts.container !== undefined ? logCommand(facts) : describeCommand(facts.ref),
  };
}

/** How long this reason may stand before it is final, in milliseconds; undefined if it never is. */
export function patienceMsOf({ code }: Problem): number | undefined {
  return isProblemCode(code) ? (CATALOGUE[code] as Entry).patienceMs : undefined;
}

/** Whether the container's log tells more. */
export function hasLog({ code }: Problem): boolean {
  return isProblemCode(code) && (CATALOGUE[code] as Entry).hasLog === true;
}

/**
 * Not with `--previous`: in the pause after a crash the log is that of the run that crashed, and the kubelet may have
 * thrown away the one before.
 */
function logCommand({ ref, container }: Facts): string {
  const scope = ref.namespace === undefined ? '' : `-n ${ref.namespace} `;
  return `kubectl ${scope}logs ${ref.name} -c ${container}`;
}

function fieldPath(field: string, { container, list = 'containers' }: Facts): string {
  return container === undefined ? field : `spec.${list}[name=${container}].${field}`;
}

function because(message: string | undefined): string {
  return message ? `: ${message}` : '';
}
