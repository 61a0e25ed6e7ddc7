/** The order in which objects are applied, so that nothing starts before what it reads: delete in reverse. */

const PHASES: readonly (readonly string[])[] = [
  ['Namespace'],
  ['CustomResourceDefinition', 'PriorityClass', 'StorageClass'],
  ['ResourceQuota', 'LimitRange'],
  ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  ['ConfigMap', 'Secret'],
  ['PersistentVolume', 'PersistentVolumeClaim'],
  ['Service', 'NetworkPolicy'],
  ['Pod', 'ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'],
];

/** Kinds that run Pods. */
export const WORKLOAD_KINDS: ReadonlySet<string> = new Set(PHASES.at(-1));

/**
 * Groups by phase: the members of a group do not depend on each other and keep their order. Kinds that are not listed
 * (Ingress, PodDisruptionBudget, …) refer to workloads and come last.
 */
export function groupByPhase<Item>(items: readonly Item[], kindOf: (item: Item) => string): Item[][] {
  const groups: Item[][] = Array.from({ length: PHASES.length + 1 }, () => []);
  for (const item of items) {
    const phase = PHASES.findIndex((kinds) => kinds.includes(kindOf(item)));
    groups.at(phase)?.push(item);
  }
  return groups.filter((group) => group.length > 0);
}
