/** The commands that repair: one field of one object, as somebody would type it. */

/** A strategic merge patch: containers are found by their names. */
export function patch(namespace: string, target: string, change: object): string {
  return `kubectl -n ${namespace} patch ${target} -p '${JSON.stringify(change)}'`;
}

/** The same of the shop's Pods, in its Deployment. */
export function patchPod(namespace: string, spec: object): string {
  return patch(namespace, 'deployment/shop', { spec: { template: { spec } } });
}

/** The same of one container of theirs. */
export function patchContainer(namespace: string, name: string, change: object): string {
  return patchPod(namespace, { containers: [{ name, ...change }] });
}
