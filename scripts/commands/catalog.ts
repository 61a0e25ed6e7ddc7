/** The commands there are. Each is loaded when it is run: the Kubernetes client alone takes most of a second. */
import type { CommandBody } from '../cli/command.ts';

export interface CatalogEntry {
  /** As it is typed after `npm run` or `npx pod-patterns`. */
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: CommandBody }>;
}

export const COMMANDS: readonly CatalogEntry[] = [
  {
    name: 'up',
    summary: 'Brings up the cluster and the patterns on it, from this checkout, and checks them with real traffic.',
    load: () => import('./up.ts'),
  },
  {
    name: 'plan',
    summary: 'Shows what up would change on the cluster, field by field, and changes nothing.',
    load: () => import('./plan.ts'),
  },
  {
    name: 'down',
    summary: 'Removes the kit from the cluster. What is not the kit’s stays, and is listed.',
    load: () => import('./down.ts'),
  },
  {
    name: 'status',
    summary: 'Shows the Pods of the kit, what each helper says of itself, and why something is not ready.',
    load: () => import('./status.ts'),
  },
  {
    name: 'explain',
    summary: 'Says why a Pod or another object is not ready, where the cause is, and what to do.',
    load: () => import('./explain.ts'),
  },
  {
    name: 'learn',
    summary: 'Shows where you are in the course and what comes next; --reset goes back to its start.',
    load: () => import('./learn.ts'),
  },
  {
    name: 'check',
    summary: 'Looks at how far the tasks of a lesson are, says why one has not passed and what to do next.',
    load: () => import('./check.ts'),
  },
  {
    name: 'logs',
    summary: 'Shows the logs of all containers of a pattern as one, and follows them through restarts.',
    load: () => import('./logs.ts'),
  },
  {
    name: 'xray',
    summary: 'Shows what is inside a Pod, live: containers, volumes, connections, processes, signals and requests.',
    load: () => import('./xray.ts'),
  },
  {
    name: 'report',
    summary:
      'Writes one HTML file with all that a bug report needs: machine, versions, Pods, events, objects, an x-ray.',
    load: () => import('./report.ts'),
  },
  {
    name: 'break',
    summary: 'Breaks something on purpose and says only what is seen of it; check and explain lead out of it.',
    load: () => import('./break.ts'),
  },
  {
    name: 'doctor',
    summary: 'Looks for what would keep up from working on this machine, and says how to put it right.',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'env',
    summary:
      'Prints what a shell needs to use the cluster: its kubeconfig, and kubectl and docker where there are none.',
    load: () => import('./env.ts'),
  },
  {
    name: 'ecs',
    summary: 'Turns the patterns into task definitions of AWS ECS, and lists what cannot be mapped and why.',
    load: () => import('./ecs.ts'),
  },
  {
    name: 'completion',
    summary: 'Prints the completion of commands, options and their values for bash or zsh.',
    load: () => import('./completion.ts'),
  },
];
