/** The images of the kit, one for each folder of apps/ that has a Dockerfile. */

export interface AppImage {
  /** Name of the folder in apps/, and of the image: pod-patterns/<name>. */
  readonly name: string;
  /** `node`: a program in TypeScript, bundled; `debian`: a program of Debian's, with configuration of ours. */
  readonly base: 'node' | 'debian';
}

export const APP_IMAGES: readonly AppImage[] = [
  { name: 'ambassador', base: 'node' },
  { name: 'git-sync', base: 'node' },
  { name: 'log-adapter', base: 'node' },
  { name: 'legacy-app', base: 'node' },
  { name: 'batch-app', base: 'node' },
  { name: 'nginx', base: 'debian' },
  { name: 'git-server', base: 'debian' },
  { name: 'haproxy', base: 'debian' },
  { name: 'ingress-sidecar', base: 'node' },
  { name: 'policy-enforcer', base: 'node' },
];

/** Name of an image without its tag. */
export function repository(name: string): string {
  return `pod-patterns/${name}`;
}
