/**
 * What the x-ray knows of one Pod at one moment, as plain data: the page, the terminal and `--json` show the same.
 * Everything in it was read from the API, from /proc of the containers, or from their logs. No value of a Secret, no
 * environment and no file's content is ever read.
 */

export interface Snapshot {
  readonly version: 1;
  readonly takenAt: string;
  readonly namespace: string;
  readonly pod: PodFacts;
  /** In the order in which they start. */
  readonly lanes: readonly Lane[];
  readonly volumes: readonly VolumeView[];
  readonly network: NetworkView;
  readonly processes: ProcessView;
  /** The same Pod with the other setting of shareProcessNamespace, while it is shown beside. */
  readonly twin?: TwinView | undefined;
  /** Oldest first. */
  readonly timeline: readonly TimelineEntry[];
  /** The last request that was sent to be followed. */
  readonly trace?: Trace | undefined;
  readonly actions: readonly ActionView[];
  /** What cannot be seen, and why. */
  readonly notes: readonly string[];
}

export interface PodFacts {
  readonly name: string;
  readonly pattern: string;
  /** As in the column STATUS of kubectl. */
  readonly state: string;
  readonly readyContainers: number;
  readonly totalContainers: number;
  readonly restarts: number;
  readonly createdAt: string;
  readonly node?: string | undefined;
  readonly address?: string | undefined;
  readonly sharesProcesses: boolean;
}

export type Role = 'pause' | 'init' | 'sidecar' | 'main' | 'debug';

export interface Lane {
  readonly name: string;
  readonly role: Role;
  readonly state: string;
  readonly isReady: boolean;
  readonly restarts: number;
  readonly startedAt?: string | undefined;
  /** How its last instance ended: `exit code 1 (Error)`. */
  readonly lastEnd?: { readonly how: string; readonly at: string } | undefined;
  readonly image?: string | undefined;
  readonly uid?: number | undefined;
  readonly ports: readonly string[];
  readonly probes: readonly { readonly kind: 'startup' | 'readiness' | 'liveness'; readonly text: string }[];
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
  /** What the program says of itself on its operations port: each check with `ok` or what is wrong. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface VolumeView {
  readonly name: string;
  /** `emptyDir, 64Mi`, `ConfigMap combined-nginx`. */
  readonly source: string;
  readonly mounts: readonly {
    readonly container: string;
    readonly path: string;
    readonly isReadOnly: boolean;
  }[];
  /** The container whose view of the files this is; undefined while none could be asked. */
  readonly seenBy?: string | undefined;
  /** Newest first, without the mount path. */
  readonly files: readonly FileView[];
  readonly leftOut: number;
}

export interface FileView {
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link' | 'other';
  readonly sizeBytes: number;
  readonly modifiedAt: string;
  /** Who owns it: the containers that run under its UID, or the number. */
  readonly owner: string;
  readonly target?: string | undefined;
}

export interface NetworkView {
  readonly listeners: readonly {
    readonly container?: string | undefined;
    readonly address: string;
    readonly port: number;
    /** Connections to it that are over, but that the kernel still remembers (TIME_WAIT, a minute). */
    readonly recent: number;
  }[];
  readonly wires: readonly Wire[];
}

/** Connections from one program to another, or with the world outside the Pod. */
export interface Wire {
  /** Between two programs of the Pod, or with the world outside of it. */
  readonly direction: 'within' | 'in' | 'out';
  /** A container; undefined for the world outside, and where no container has told that the socket is its own. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Of the side that listens. */
  readonly address: string;
  readonly port: number;
  readonly count: number;
}

export interface ProcessView {
  readonly isShared: boolean;
  /** One tree where the namespace is shared, else one for each container. */
  readonly processes: readonly ProcessNode[];
  /** Those of the x-ray itself, which are not in the list. */
  readonly leftOut: number;
}

export interface ProcessNode {
  /** In the process namespace of its container. */
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  readonly command: string;
  readonly uid: number;
  /** `pause` for the Pod's own process. */
  readonly container: string;
  /** How deep in the tree. */
  readonly depth: number;
  /** The signals it has a handler for, of those that people send. */
  readonly handles: readonly string[];
}

export interface TwinView {
  readonly name: string;
  readonly state: string;
  readonly processes: ProcessView;
}

export type EntryKind = 'event' | 'state' | 'probe' | 'restart' | 'file' | 'signal' | 'action';

export interface TimelineEntry {
  readonly at: string;
  readonly kind: EntryKind;
  readonly container?: string | undefined;
  readonly text: string;
  readonly isBad: boolean;
}

export interface Trace {
  readonly requestId: string;
  readonly path: string;
  readonly status: number;
  /** In the order of time. */
  readonly steps: readonly TraceStep[];
}

export interface TraceStep {
  /** When it began: a line is written at the end of what it tells of. */
  readonly at: string;
  readonly durationMs?: number | undefined;
  readonly container: string;
  /** `log`, or the file that it was found in. */
  readonly where: string;
  readonly text: string;
}

/** Something the page may ask for; nothing else can be. */
export interface ActionView {
  readonly id: string;
  readonly label: string;
  readonly explanation: string;
  /** Whose card it stands in; undefined for what concerns the Pod. */
  readonly container?: string;
}
