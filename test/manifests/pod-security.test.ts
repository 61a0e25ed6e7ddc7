import { describe, expect, test } from 'vitest';
import { violations, type AnyPod } from './pod-security.ts';
import { pods } from './read-manifests.ts';

test.each(pods)('the restricted standard admits the Pod of $name', ({ spec }) => {
  expect(violations(spec as AnyPod)).toEqual([]);
});

// The rules themselves: each change to a Pod that is admitted must be refused, and for that one reason.
describe('the restricted standard refuses', () => {
  const context = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const admitted = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'app', securityContext: context }],
  } satisfies AnyPod;
  const pod = (fields: Partial<AnyPod>): AnyPod => ({ ...admitted, ...fields });
  const podContext = (fields: object): AnyPod => pod({ securityContext: { ...admitted.securityContext, ...fields } });
  const container = (fields: object): AnyPod =>
    pod({ containers: [{ name: 'app', securityContext: context, ...fields }] });
  const containerContext = (fields: object): AnyPod => container({ securityContext: { ...context, ...fields } });

  test('not this one', () => {
    expect(violations(admitted)).toEqual([]);
    expect(violations(containerContext({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }))).toEqual([]);
    expect(violations(podContext({ sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start' }] }))).toEqual([]);
    const { securityContext } = admitted;
    expect(violations({ containers: [{ name: 'app', securityContext: { ...context, ...securityContext } }] })).toEqual(
      [],
    );
  });

  test.each<[string, AnyPod]>([
    ['pod: hostNetwork', pod({ hostNetwork: true })],
    ['pod: hostPID', pod({ hostPID: true })],
    ['pod: hostIPC', pod({ hostIPC: true })],
    ['pod: sysctl kernel.msgmax', podContext({ sysctls: [{ name: 'kernel.msgmax' }] })],
    ['pod: source of volume host', pod({ volumes: [{ name: 'host', hostPath: { path: '/' } }] })],
    [
      'pod: runAsNonRoot',
      {
        securityContext: { ...admitted.securityContext, runAsNonRoot: false },
        containers: [{ name: 'app', securityContext: { ...context, runAsNonRoot: true } }],
      },
    ],
    ['pod: runAsUser', podContext({ runAsUser: 0 })],
    ['pod: seccompProfile', podContext({ seccompProfile: { type: 'Unconfined' } })],
    ['pod: appArmorProfile', podContext({ appArmorProfile: { type: 'Unconfined' } })],
    ['pod: seLinuxOptions.type', podContext({ seLinuxOptions: { type: 'spc_t' } })],
    ['pod: seLinuxOptions.user', podContext({ seLinuxOptions: { user: 'root' } })],
    ['pod: seLinuxOptions.role', podContext({ seLinuxOptions: { role: 'sysadm_r' } })],
    ['pod: windowsOptions.hostProcess', podContext({ windowsOptions: { hostProcess: true } })],
    ['app: runAsNonRoot', podContext({ runAsNonRoot: undefined })],
    ['app: runAsNonRoot', containerContext({ runAsNonRoot: false })],
    ['app: runAsUser', containerContext({ runAsUser: 0 })],
    ['app: seccompProfile', podContext({ seccompProfile: undefined })],
    ['app: seccompProfile', containerContext({ seccompProfile: { type: 'Unconfined' } })],
    ['app: allowPrivilegeEscalation', containerContext({ allowPrivilegeEscalation: undefined })],
    ['app: privileged', containerContext({ privileged: true })],
    ['app: procMount', containerContext({ procMount: 'Unmasked' })],
    ['app: capabilities.drop', containerContext({ capabilities: { drop: ['KILL'] } })],
    ['app: capabilities.add', containerContext({ capabilities: { drop: ['ALL'], add: ['SYS_PTRACE'] } })],
    ['app: hostPort', container({ ports: [{ hostPort: 80 }] })],
    ['app: host of a probe or hook', container({ livenessProbe: { httpGet: { host: '127.0.0.1' } } })],
    ['app: host of a probe or hook', container({ readinessProbe: { tcpSocket: { host: '127.0.0.1' } } })],
    ['app: host of a probe or hook', container({ lifecycle: { preStop: { httpGet: { host: 'localhost' } } } })],
    [
      'init: capabilities.drop',
      pod({ initContainers: [{ name: 'init', securityContext: { ...context, capabilities: {} } }] }),
    ],
    [
      'debug: allowPrivilegeEscalation',
      pod({ ephemeralContainers: [{ name: 'debug', securityContext: { capabilities: { drop: ['ALL'] } } }] }),
    ],
  ])('%s', (violation, pod) => {
    expect(violations(pod)).toEqual([violation]);
  });
});

// Beyond the standard; the schema of the manifests asks for the rest (read-only root, no token, no service links).
describe('process namespaces', () => {
  test('only the Pods whose sidecar signals its neighbour share theirs', () => {
    const sharing = pods.filter(({ spec }) => spec.shareProcessNamespace === true);
    expect(sharing.map(({ name }) => name).sort()).toEqual(['combined', 'sidecar']);
  });

  test.each(pods.filter(({ spec }) => spec.shareProcessNamespace === true))(
    'in $name, git-sync and nginx have one UID, and every other container its own',
    ({ running }) => {
      const uid = (name: string) => running.find((container) => container.name === name)?.securityContext.runAsUser;
      expect(uid('git-sync')).toBe(65_533);
      expect(uid('nginx')).toBe(65_533);
      const others = running.filter(({ name }) => name !== 'git-sync' && name !== 'nginx');
      const uids = [65_533, ...others.map(({ securityContext }) => securityContext.runAsUser)];
      expect(new Set(uids).size).toBe(uids.length);
    },
  );
});
