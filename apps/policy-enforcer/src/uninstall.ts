/** Whether the enforcer ends for good, so that its rules have to go, or only makes room for its successor. */
import { ApiStatusError, type ApiServer } from '@pod-patterns/runtime/kube/api-server.ts';

export interface DaemonSetName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * True if its DaemonSet or its namespace is gone or about to go, or if the right to ask went with it. (A namespace that goes
 * may take the Pod first.) Otherwise, and when nobody answers,
 * false: rules that stay keep protecting while the next one starts.
 */
export async function isUninstalled(
  api: ApiServer,
  { namespace, name }: DaemonSetName,
  signal: AbortSignal,
): Promise<boolean> {
  const isGoing = async (path: string) => {
    const object = (await api.send({ method: 'GET', path }, signal)) as { metadata: { deletionTimestamp?: string } };
    return object.metadata.deletionTimestamp !== undefined;
  };
  try {
    return (
      (await isGoing(`/api/v1/namespaces/${namespace}`)) ||
      (await isGoing(`/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`))
    );
  } catch (error) {
    return error instanceof ApiStatusError && [401, 403, 404].includes(error.status);
  }
}
