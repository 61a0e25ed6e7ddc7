/**
 * Whether an object has become what its spec asks for, from the object alone (the rules of kstatus,
 * sigs.k8s.io/cli-utils). A status that was written for an older spec says nothing: `observedGeneration` comes first.
 */
import { conditionOf, type KubeObject, type Pod, type Workload } from './kube-types.ts';

export interface Readiness {
  readonly state: 'ready' | 'progressing' | 'failed';
  /** Why, as part of a sentence about the object. */
  readonly message: string;
}

/** Kinds without a rule of their own are ready as soon as they exist. */
export function readinessOf(object: KubeObject): Readiness {
  if (object.metadata.deletionTimestamp !== undefined) return progressing('is being deleted');
  switch (object.kind) {
    case 'Deployment':
      return observed(object, deployment);
    case 'StatefulSet':
      return observed(object, statefulSet);
    case 'DaemonSet':
      return observed(object, daemonSet);
    case 'Job':
      return job(object);
    case 'Pod':
      return pod(object as Pod);
    case 'PersistentVolumeClaim':
      return phase(object, { ready: 'Bound', failed: 'Lost' });
    case 'Namespace':
      return phase(object, { ready: 'Active' });
    default:
      return ready('exists');
  }
}

function observed(workload: Workload, rule: (workload: Workload) => Readiness): Readiness {
  const { generation = 0 } = workload.metadata;
  const observedGeneration = workload.status?.observedGeneration ?? 0;
  if (observedGeneration < generation) return progressing('waits for its controller');
  return rule(workload);
}

function deployment(workload: Workload): Readiness {
  const wanted = workload.spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = workload.status ?? {};
  const rollout = conditionOf(workload, 'Progressing');
  if (rollout?.reason === 'ProgressDeadlineExceeded') return failed(rollout.message ?? 'made no progress in time');
  if (updatedReplicas < wanted) return progressing(`has ${updatedReplicas} of ${wanted} new Pods`);
  if (replicas > updatedReplicas) return progressing(`still has old Pods: ${replicas - updatedReplicas}`);
  if (readyReplicas < wanted) return progressing(`has ${readyReplicas} of ${wanted} Pods ready`);
  if (availableReplicas < wanted) return progressing(`has ${availableReplicas} of ${wanted} Pods available`);
  if (conditionOf(workload, 'Available')?.status === 'False') return progressing('is not available yet');
  return ready(`has ${readyReplicas} of ${wanted} Pods ready`);
}

function statefulSet(workload: Workload): Readiness {
  const { replicas: wanted = 1, updateStrategy } = workload.spec ?? {};
  const {
    replicas = 0,
    readyReplicas = 0,
    updatedReplicas = 0,
    currentRevision,
    updateRevision,
  } = workload.status ?? {};
  if (replicas > wanted) return progressing(`still has Pods that are to end: ${replicas - wanted}`);
  if (readyReplicas < wanted) return progressing(`has ${readyReplicas} of ${wanted} Pods ready`);
  // With OnDelete, old Pods stay until somebody deletes them.
  if (updateStrategy?.type === 'OnDelete') return ready(`has ${readyReplicas} of ${wanted} Pods ready`);
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    const toUpdate = Math.max(wanted - partition, 0);
    if (updatedReplicas < toUpdate) return progressing(`has ${updatedReplicas} of ${toUpdate} new Pods`);
  } else if (currentRevision !== updateRevision) {
    return progressing(`has ${updatedReplicas} of ${wanted} new Pods`);
  }
  return ready(`has ${readyReplicas} of ${wanted} Pods ready`);
}

function daemonSet(workload: Workload): Readiness {
  const { desiredNumberScheduled: wanted, updatedNumberScheduled = 0, numberAvailable = 0 } = workload.status ?? {};
  if (wanted === undefined) return progressing('waits for its controller');
  if (updatedNumberScheduled < wanted) return progressing(`has ${updatedNumberScheduled} of ${wanted} new Pods`);
  if (numberAvailable < wanted) return progressing(`has ${numberAvailable} of ${wanted} Pods available`);
  return ready(`has ${numberAvailable} of ${wanted} Pods available`);
}

function job(workload: Workload): Readiness {
  const failure = conditionOf(workload, 'Failed');
  if (failure?.status === 'True') return failed(failure.message ?? 'has failed');
  return conditionOf(workload, 'Complete')?.status === 'True' ? ready('has completed') : progressing('is running');
}

function pod(object: Pod): Readiness {
  const { phase: now = 'Pending', reason, message } = object.status ?? {};
  if (now === 'Succeeded') return ready('has completed');
  if (now === 'Failed') return failed([reason, message].filter(Boolean).join(': ') || 'has failed');
  if (now === 'Running' && conditionOf(object, 'Ready')?.status === 'True') return ready('is ready');
  return progressing(now === 'Running' ? 'runs, but is not ready' : `is ${now.toLowerCase()}`);
}

function phase(object: Workload, wanted: { readonly ready: string; readonly failed?: string }): Readiness {
  const now = object.status?.phase ?? 'Pending';
  if (now === wanted.ready) return ready(`is ${now.toLowerCase()}`);
  return now === wanted.failed ? failed(`is ${now.toLowerCase()}`) : progressing(`is ${now.toLowerCase()}`);
}

const ready = (message: string): Readiness => ({ state: 'ready', message });
const progressing = (message: string): Readiness => ({ state: 'progressing', message });
const failed = (message: string): Readiness => ({ state: 'failed', message });
