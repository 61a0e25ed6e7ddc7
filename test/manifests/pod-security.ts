/**
 * The restricted Pod Security Standard (https://kubernetes.io/docs/concepts/security/pod-security-standards/) as of
 * Kubernetes 1.37, for Linux Pods, as functions: what the API server will refuse in our namespace is found without one.
 * The rules read any Pod, also one with fields that our manifests never have.
 */

interface Probe {
  readonly httpGet?: { readonly host?: string };
  readonly tcpSocket?: { readonly host?: string };
}

interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly procMount?: string;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
  readonly appArmorProfile?: { readonly type: string };
  readonly seLinuxOptions?: { readonly user?: string; readonly role?: string; readonly type?: string };
  readonly windowsOptions?: { readonly hostProcess?: boolean };
  readonly sysctls?: readonly { readonly name: string }[];
}

interface AnyContainer {
  readonly name: string;
  readonly securityContext?: SecurityContext;
  readonly ports?: readonly { readonly hostPort?: number }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: { readonly postStart?: Probe; readonly preStop?: Probe };
}

/** The part of a PodSpec that the standard speaks of. */
export interface AnyPod {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext;
  readonly containers: readonly AnyContainer[];
  readonly initContainers?: readonly AnyContainer[];
  readonly ephemeralContainers?: readonly AnyContainer[];
  readonly volumes?: readonly { readonly name: string; readonly [source: string]: unknown }[];
}

const VOLUME_SOURCES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_notsent_lowat',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_slow_start_after_idle',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);

/** What of a Pod the restricted standard refuses: one short line for each, `[]` if it would be admitted. */
export function violations(pod: AnyPod): string[] {
  const containers = [...(pod.initContainers ?? []), ...pod.containers, ...(pod.ephemeralContainers ?? [])];
  return [
    ...podViolations(pod),
    ...contextViolations('pod', pod.securityContext),
    ...containers.flatMap((container) => containerViolations(pod, container)),
  ];
}

function podViolations(pod: AnyPod): string[] {
  const hostNamespaces = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => pod[field] === true);
  const sysctls = (pod.securityContext?.sysctls ?? []).filter(({ name }) => !SAFE_SYSCTLS.has(name));
  const volumes = (pod.volumes ?? []).filter(
    (volume) => !Object.keys(volume).every((key) => key === 'name' || VOLUME_SOURCES.has(key)),
  );
  const runAsNonRoot = pod.securityContext?.runAsNonRoot === false ? ['pod: runAsNonRoot'] : [];
  return [
    ...runAsNonRoot,
    ...hostNamespaces.map((field) => `pod: ${field}`),
    ...sysctls.map(({ name }) => `pod: sysctl ${name}`),
    ...volumes.map(({ name }) => `pod: source of volume ${name}`),
  ];
}

/** The rules for a security context that are the same for a Pod and for a container. */
function contextViolations(subject: string, context: SecurityContext = {}): string[] {
  const { seccompProfile, appArmorProfile, seLinuxOptions = {} } = context;
  const rules: Record<string, boolean> = {
    runAsUser: context.runAsUser !== 0,
    seccompProfile: seccompProfile === undefined || /^(RuntimeDefault|Localhost)$/.test(seccompProfile.type),
    appArmorProfile: appArmorProfile === undefined || /^(RuntimeDefault|Localhost)$/.test(appArmorProfile.type),
    'seLinuxOptions.type': SELINUX_TYPES.has(seLinuxOptions.type ?? ''),
    'seLinuxOptions.user': (seLinuxOptions.user ?? '') === '',
    'seLinuxOptions.role': (seLinuxOptions.role ?? '') === '',
    'windowsOptions.hostProcess': context.windowsOptions?.hostProcess !== true,
  };
  return broken(subject, rules);
}

function containerViolations(pod: AnyPod, container: AnyContainer): string[] {
  const context = container.securityContext ?? {};
  const { drop = [], add = [] } = context.capabilities ?? {};
  const { startupProbe, readinessProbe, livenessProbe, lifecycle } = container;
  const handlers = [startupProbe, readinessProbe, livenessProbe, lifecycle?.postStart, lifecycle?.preStop];
  const rules: Record<string, boolean> = {
    // A container may inherit these two from the Pod, but what it says itself counts.
    runAsNonRoot: (context.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) === true,
    seccompProfile: (context.seccompProfile ?? pod.securityContext?.seccompProfile) !== undefined,
    allowPrivilegeEscalation: context.allowPrivilegeEscalation === false,
    privileged: context.privileged !== true,
    procMount: (context.procMount ?? 'Default') === 'Default',
    'capabilities.drop': drop.includes('ALL'),
    'capabilities.add': add.every((capability) => capability === 'NET_BIND_SERVICE'),
    hostPort: (container.ports ?? []).every(({ hostPort }) => (hostPort ?? 0) === 0),
    'host of a probe or hook': handlers.every(
      (handler) => (handler?.httpGet?.host ?? '') === '' && (handler?.tcpSocket?.host ?? '') === '',
    ),
  };
  return [...broken(container.name, rules), ...contextViolations(container.name, context)];
}

function broken(subject: string, rules: Record<string, boolean>): string[] {
  return Object.entries(rules).flatMap(([rule, isKept]) => (isKept ? [] : [`${subject}: ${rule}`]));
}
