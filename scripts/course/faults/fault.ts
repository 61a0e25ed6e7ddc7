/** What can be broken on purpose, for somebody to find out and mend. */
import type { KubeObject } from '../../deploy/kube-types.ts';
import type { CourseCluster, Verdict } from '../lesson.ts';

export interface Fault {
  readonly number: number;
  /** What somebody who only uses it reports. Says nothing of the cause. */
  readonly symptom: string;
  /** What is applied, in that namespace. */
  objects(namespace: string): readonly KubeObject[];
  /** Applied once the objects above are ready, for faults that come with a change. */
  change?(namespace: string): readonly KubeObject[];
  /** Whether the symptom is gone. */
  look(cluster: CourseCluster, namespace: string): Promise<Verdict>;
  /** What it was, told when it is over or when somebody gives up. */
  readonly cause: string;
  /** Commands of one way to mend it. */
  repair(namespace: string): string;
}

/** Each fault has a namespace of its own. */
export function faultNamespace({ number }: Pick<Fault, 'number'>): string {
  return `break-${number}`;
}
