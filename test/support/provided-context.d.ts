/** What the set-up of the test tiers hands to the tests, by name; see `inject` of vitest. */
import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the kubeconfig of the test cluster; the tier `cluster` provides it. */
    kubeconfigPath: string;
    /** Address of each Service on this machine, by pattern; the tier `cluster` provides it. */
    urls: Record<string, string>;
    /** Chromium, or a relative of it; the tier `cluster` provides it. */
    browserPath: string;
    /** Full name of each image by its app; the tier `images` provides it. */
    images: Record<string, string>;
  }
}
