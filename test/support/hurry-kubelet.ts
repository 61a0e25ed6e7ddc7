/** The kubelet looks at the ConfigMaps and Secrets of a Pod about once a minute, and at once when the Pod changes. */
import { PatchStrategy, setHeaderOptions, type CoreV1Api } from '@kubernetes/client-node';

/** Has it look at that Pod now. */
export async function hurryKubelet(
  core: CoreV1Api,
  pod: { readonly name: string; readonly namespace: string },
): Promise<void> {
  const annotations = { 'pod-patterns/hurry': new Date().toISOString() };
  await core.patchNamespacedPod(
    { ...pod, body: { metadata: { annotations } } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
}
