/**
 * The fields of Kubernetes objects that the manifests use, and no others: a field that is misspelled or in the wrong
 * place is an error here, as it is for the API server under strict validation. A manifest that needs one more field adds
 * it to this page.
 */
import * as z from 'zod';

const Name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
/** An IANA service name; a Service or a probe refers to a port by it. */
const PortName = Name.max(15);
const PortNumber = z.int().min(1).max(65_535);
const Port = z.union([PortNumber, PortName]);
const Strings = z.record(z.string(), z.string());

const Metadata = z.strictObject({
  name: Name,
  namespace: Name.optional(),
  labels: Strings.optional(),
  annotations: Strings.optional(),
});

const Selector = z.strictObject({ matchLabels: Strings });

const Exec = z.strictObject({ command: z.array(z.string()).min(1) });

const Probe = z
  .strictObject({
    exec: Exec.optional(),
    httpGet: z.strictObject({ path: z.string().startsWith('/'), port: Port }).optional(),
    tcpSocket: z.strictObject({ port: Port }).optional(),
    initialDelaySeconds: z.int().positive().optional(),
    periodSeconds: z.int().positive(),
    timeoutSeconds: z.int().positive(),
    failureThreshold: z.int().positive(),
  })
  .refine(({ exec, httpGet, tcpSocket }) => [exec, httpGet, tcpSocket].filter(Boolean).length === 1, {
    error: 'a probe asks in exactly one way',
  });

const Quantity = z.string().regex(/^[1-9]\d*(m|Ki|Mi|Gi)?$/);

const Container = z.strictObject({
  name: Name,
  restartPolicy: z.literal('Always').optional(),
  image: z.string(),
  imagePullPolicy: z.literal('IfNotPresent'),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  ports: z.array(z.strictObject({ name: PortName, containerPort: PortNumber })).optional(),
  lifecycle: z
    .strictObject({
      preStop: z.union([
        z.strictObject({ sleep: z.strictObject({ seconds: z.int().positive() }) }),
        z.strictObject({ httpGet: z.strictObject({ path: z.literal('/drain'), port: PortName }) }),
      ]),
    })
    .optional(),
  startupProbe: Probe.optional(),
  readinessProbe: Probe.optional(),
  livenessProbe: Probe.optional(),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: Quantity, memory: Quantity, 'ephemeral-storage': Quantity }),
    // No CPU limit: idle cores are there to be used, and requests already share them fairly under load.
    limits: z.strictObject({ memory: Quantity, 'ephemeral-storage': Quantity }),
  }),
  securityContext: z.strictObject({
    runAsUser: z.int().positive(),
    runAsGroup: z.int().positive(),
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z
    .array(z.strictObject({ name: Name, mountPath: z.string().startsWith('/'), readOnly: z.literal(true).optional() }))
    .optional(),
});

const Volume = z
  .strictObject({
    name: Name,
    configMap: z.strictObject({ name: Name }).optional(),
    emptyDir: z.strictObject({ sizeLimit: Quantity }).optional(),
    persistentVolumeClaim: z.strictObject({ claimName: Name }).optional(),
    // No manifest holds a Secret, so a Pod has to start without it.
    secret: z.strictObject({ secretName: Name, optional: z.literal(true) }).optional(),
  })
  .refine((volume) => Object.keys(volume).length === 2, { error: 'a volume has exactly one source' });

const PodSpec = z.strictObject({
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  shareProcessNamespace: z.literal(true).optional(),
  terminationGracePeriodSeconds: z.int().positive(),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
    fsGroup: z.int().positive().optional(),
    fsGroupChangePolicy: z.literal('OnRootMismatch').optional(),
    sysctls: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  }),
  initContainers: z.array(Container).optional(),
  containers: z.array(Container).min(1),
  volumes: z.array(Volume).optional(),
});

const Strategy = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('RollingUpdate'),
    rollingUpdate: z.strictObject({ maxSurge: z.literal(1), maxUnavailable: z.literal(0) }),
  }),
  z.strictObject({ type: z.literal('Recreate') }),
]);

const Deployment = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata: Metadata,
  spec: z.strictObject({
    replicas: z.int().positive(),
    revisionHistoryLimit: z.int(),
    progressDeadlineSeconds: z.int().positive(),
    selector: Selector,
    strategy: Strategy,
    template: z.strictObject({
      metadata: Metadata.omit({ name: true, namespace: true }),
      spec: PodSpec,
    }),
  }),
});

const Service = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata: Metadata,
  spec: z.strictObject({
    type: z.enum(['ClusterIP', 'NodePort']),
    clusterIP: z.literal('None').optional(),
    selector: Strings,
    ports: z
      .array(
        z.strictObject({ name: PortName, port: PortNumber, targetPort: PortName, nodePort: PortNumber.optional() }),
      )
      .min(1),
  }),
});

const ConfigMap = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata: Metadata,
  data: Strings,
});

const PersistentVolumeClaim = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('PersistentVolumeClaim'),
  metadata: Metadata,
  spec: z.strictObject({
    accessModes: z.tuple([z.literal('ReadWriteOnce')]),
    resources: z.strictObject({ requests: z.strictObject({ storage: Quantity }) }),
  }),
});

const Namespace = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Namespace'),
  metadata: Metadata,
});

export const KubernetesObject = z.discriminatedUnion('kind', [
  ConfigMap,
  Deployment,
  Namespace,
  PersistentVolumeClaim,
  Service,
]);
export type KubernetesObject = z.infer<typeof KubernetesObject>;
export type Container = z.infer<typeof Container>;
export type Probe = z.infer<typeof Probe>;
export type PodSpec = z.infer<typeof PodSpec>;
export type Deployment = z.infer<typeof Deployment>;

/** The whole of a kustomization that the kit uses, so that its own loader may be small; kubectl reads the same files. */
export const Kustomization = z.strictObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  resources: z.array(z.string()).min(1),
});

const UNITS: Readonly<Record<string, number>> = { '': 1, m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** The value of a Kubernetes quantity, such as `25m` (0.025 cores) or `64Mi` (bytes). */
export function quantity(text: string): number {
  const groups = /^(?<digits>\d+)(?<unit>m|Ki|Mi|Gi)?$/.exec(text)?.groups;
  return Number(groups?.['digits']) * (UNITS[groups?.['unit'] ?? ''] ?? Number.NaN);
}

/** How long the container's preStop hook sleeps, in seconds; 0 where it does something else, or there is none. */
export function preStopSleepSeconds({ lifecycle }: Pick<Container, 'lifecycle'>): number {
  return lifecycle !== undefined && 'sleep' in lifecycle.preStop ? lifecycle.preStop.sleep.seconds : 0;
}
