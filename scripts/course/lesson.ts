/** What a lesson of the course is, apart from its page in docs/: the tasks it sets, and how each is looked at. */
import type { KubeObject } from '../deploy/kube-types.ts';
import type { EntryPoints } from '../verify/entry-points.ts';

/** What a check found. */
export type Verdict =
  | {
      readonly state: 'passed';
      /** What was observed. */
      readonly seen: string;
    }
  | {
      readonly state: 'not-yet';
      readonly reason: string;
      /** A command or a step. */
      readonly next: string;
    }
  | {
      /** Something was done that cannot lead there. */
      readonly state: 'wrong';
      readonly reason: string;
      readonly next: string;
    };

export interface Check {
  /** As the lesson's `solution=` names it. */
  readonly id: string;
  /** The task in one sentence, as the learner is told. */
  readonly task: string;
  /** Looks at behaviour: traffic, DNS, data, signals. An error that it throws counts as not yet, with its message. */
  look(cluster: CourseCluster): Promise<Verdict>;
}

/** A word that the lesson introduces; docs/glossary.md is made of them. */
export interface Term {
  /** As it is written within a sentence: `Pod`, `static Pod`, `taint`. No two lessons introduce the same. */
  readonly name: string;
  /** What it is on Kubernetes, in one or two sentences. */
  readonly meaning: string;
  /** Its counterpart on AWS ECS, or why there is none. */
  readonly ecs: string;
}

export interface Lesson {
  readonly number: number;
  /** The page is docs/NN-slug.md. */
  readonly slug: string;
  readonly title: string;
  /** What the lesson answers, as one sentence with a question mark; the page begins with it. */
  readonly question: string;
  /** To read and to type, 5 to 15. */
  readonly minutes: number;
  /** What the lesson makes for itself; a reset removes them. The kit's own is not among them. */
  readonly namespaces: readonly string[];
  /** Whether it disturbs what others on the cluster do (taints, stopped parts of it): then nothing else runs beside it. */
  readonly isDisturbing?: boolean;
  /**
   * Puts back what the lesson changes outside its namespaces, for whoever stopped in the middle of it; finding nothing to
   * do is no error. The API server may be down: on the node there is kubectl, with /etc/kubernetes/admin.conf.
   */
  restore?(cluster: Pick<CourseCluster, 'onNode'>): Promise<void>;
  readonly terms: readonly Term[];
  /** In the order of their tasks on the page. */
  readonly checks: readonly Check[];
}

export interface ContainerTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
}

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The cluster as checks see it. */
export interface CourseCluster {
  readonly entryPoints: EntryPoints;
  /** Undefined if there is no such object. */
  get(ref: { apiVersion: string; kind: string; name: string; namespace?: string }): Promise<KubeObject | undefined>;
  list(type: { apiVersion: string; kind: string; namespace?: string; labelSelector?: string }): Promise<KubeObject[]>;
  /** Runs a program in a container; throws if it cannot be started. */
  exec(target: ContainerTarget, argv: readonly string[]): Promise<ProgramResult>;
  /** Throws if there is no such log. */
  logs(target: ContainerTarget & { previous?: boolean; tailLines?: number }): Promise<string>;
  /** Runs a program on the node, as root; throws if it does not end in time. */
  onNode(argv: readonly string[], options?: { readonly timeoutMs?: number }): Promise<ProgramResult>;
  readonly signal: AbortSignal;
}
