/** How commands end: 0 is success, and what else a script can tell apart. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  /** This machine lacks something: engine, port, disk, Go. */
  preflight: 3,
  /** An image or the cluster could not be made. */
  build: 4,
  /** The manifests or the Pods made of them do not work. */
  workload: 5,
  timeout: 6,
  /** Somebody else is at work on the cluster: the same command may succeed later (EX_TEMPFAIL of sysexits.h). */
  busy: 75,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  USAGE: EXIT.usage,
  COMMAND_FAILED: EXIT.build,
  BUNDLE_FAILED: EXIT.build,
  IMAGE_NOT_PULLED: EXIT.build,
  IMAGE_NOT_PUSHED: EXIT.build,
  PACKAGE_ALTERED: EXIT.build,
  NOT_READY_IN_TIME: EXIT.timeout,
  DELETE_TIMEOUT: EXIT.timeout,
  LEASE_HELD: EXIT.busy,
  LEASE_LOST: EXIT.busy,
};

const BY_PREFIX: readonly (readonly [string, number])[] = [
  ['ENGINE_', EXIT.preflight],
  ['GO_', EXIT.preflight],
  ['PORT_', EXIT.preflight],
  ['DISK_', EXIT.preflight],
  ['DEBIAN_', EXIT.preflight],
  ['KIND_', EXIT.preflight],
  ['KUBECONFIG_', EXIT.preflight],
  ['KUBECTL_', EXIT.preflight],
  ['CLUSTER_', EXIT.preflight],
  ['COURSE_', EXIT.preflight],
  ['ACTION_', EXIT.workload],
  ['CONTEXT_', EXIT.preflight],
  ['MANIFEST_', EXIT.workload],
  ['APPLY_', EXIT.workload],
  ['WORKLOAD_', EXIT.workload],
  ['API_', EXIT.workload],
  ['OBJECT_', EXIT.workload],
  ['INVENTORY_', EXIT.workload],
  ['SERVICE_', EXIT.workload],
  ['VERIFY_', EXIT.workload],
];

/** The exit code for the code of an AppError. */
export function exitCodeFor(code: string): number {
  return BY_CODE[code] ?? BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1] ?? EXIT.unexpected;
}
