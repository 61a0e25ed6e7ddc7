/** Two states of a small set of objects; going from one to the other creates, changes, rolls out and prunes. */
import type { KubeObject } from '../../../scripts/deploy/kube-types.ts';

export type StateName = 'a' | 'b';

/** `image`: one that is on the node and has a shell. */
export function stateObjects(state: StateName, image: string): KubeObject[] {
  const only = `only-${state}`;
  return [
    object('v1', 'ConfigMap', 'settings', { data: { state } }),
    object('v1', 'ConfigMap', only, { data: { state } }),
    object('v1', 'Service', only, { spec: { ports: [{ port: 80 }] } }),
    deployment('both', state, image),
    deployment(only, state, image),
  ];
}

function deployment(name: string, state: StateName, image: string): KubeObject {
  const labels = { 'app.kubernetes.io/name': name };
  const container = {
    name: 'app',
    image,
    command: ['sh', '-c', 'exec sleep 3600'],
    env: [{ name: 'STATE', value: state }],
  };
  const pod = { automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, containers: [container] };
  const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } };
  return object('apps/v1', 'Deployment', name, { spec });
}

function object(apiVersion: string, kind: string, name: string, content: object): KubeObject {
  return { apiVersion, kind, metadata: { name }, ...content };
}
