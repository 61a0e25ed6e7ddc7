/** What probe.sh prints, as data. It comes from inside a container: every field may be nonsense. */

export interface SocketEntry {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** As /proc/net/tcp numbers them. */
  readonly state: number;
  /** 0 for a connection that is over. */
  readonly inode: string;
}

export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  readonly uid: number;
  /** Numbers of the signals that it has a handler for. */
  readonly caughtSignals: readonly number[];
  /** Its control group with the ID of the container; empty for the container that was looked at, on some nodes. */
  readonly group: string;
  readonly command: string;
}

export interface FileEntry {
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link' | 'other';
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly uid: number;
  /** Where a symbolic link points to. */
  readonly target?: string;
}

export interface ProbeReading {
  readonly sockets: readonly SocketEntry[];
  /** The process that holds a socket, by inode; only where the kernel lets the container's user see it. */
  readonly socketPids: ReadonlyMap<string, number>;
  readonly processes: readonly ProcessEntry[];
  readonly files: readonly FileEntry[];
}

export function parseProbe(text: string, mark: string): ProbeReading {
  const sections = new Map<string, string>();
  for (const part of text.split(`\n@${mark} `).slice(1)) {
    const end = part.indexOf('\n');
    sections.set(part.slice(0, end), part.slice(end + 1));
  }
  const of = (name: string) => sections.get(name) ?? '';
  return {
    sockets: parseSockets(of('sockets')),
    socketPids: new Map(
      [...of('owners').matchAll(/^\/proc\/(\d+)\/fd socket:\[(\d+)\]$/gm)].map(([, pid, inode = '']) => [
        inode,
        Number(pid),
      ]),
    ),
    processes: parseProcesses(of('processes'), of('groups'), of('commands')),
    files: parseFiles(of('files')),
  };
}

const SOCKET =
  /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+ +\d+ +\d+ (\d+)/gm;

function parseSockets(text: string): SocketEntry[] {
  return [...text.matchAll(SOCKET)].map(([, local = '', localPort, remote = '', remotePort, state, inode = '']) => ({
    localAddress: parseAddress(local),
    localPort: Number(`0x${localPort}`),
    remoteAddress: parseAddress(remote),
    remotePort: Number(`0x${remotePort}`),
    state: Number(`0x${state}`),
    inode,
  }));
}

/** The kernel prints words of 32 bits, each in the byte order of the processor. IPv4 within IPv6 becomes IPv4 again. */
function parseAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed());
  const numbers = bytes.map((byte) => Number.parseInt(byte, 16));
  if (bytes.length === 4) return numbers.join('.');
  if (bytes.slice(0, 12).join('') === '00000000000000000000FFFF') return numbers.slice(12).join('.');
  if (numbers.every((byte) => byte === 0)) return '::';
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number.parseInt(`${bytes[index * 2]}${bytes[index * 2 + 1]}`, 16).toString(16),
  );
  return groups.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::');
}

function parseProcesses(statuses: string, groups: string, commands: string): ProcessEntry[] {
  const fields = new Map<number, Record<string, string>>();
  for (const [, pid, key = '', value = ''] of statuses.matchAll(/^\/proc\/(\d+)\/status:(\w+):\t(.*)$/gm)) {
    fields.set(Number(pid), { ...fields.get(Number(pid)), [key]: value });
  }
  const byPid = (text: string, file: string) =>
    new Map(
      [...text.matchAll(new RegExp(`^/proc/(\\d+)/${file}:(.*)$`, 'gm'))].map(([, pid, value = '']) => [
        Number(pid),
        value.trim(),
      ]),
    );
  const groupOf = byPid(groups, 'cgroup');
  const commandOf = byPid(commands, 'cmdline');
  return [...fields].map(([pid, { Name = '', PPid, Uid = '', SigCgt = '0' }]) => ({
    pid,
    parentPid: Number(PPid),
    name: Name,
    uid: Number(Uid.split('\t')[1]),
    caughtSignals: signalsOf(SigCgt),
    group: groupOf.get(pid) ?? '',
    command: commandOf.get(pid) ?? '',
  }));
}

/** Bit 0 is signal 1. Those above 31 are for the use of libraries. */
function signalsOf(mask: string): number[] {
  if (!/^[0-9a-f]{1,16}$/.test(mask)) return [];
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 31 }, (_, index) => index + 1).filter((signal) => (bits >> BigInt(signal - 1)) & 1n);
}

const TYPES: Readonly<Record<string, FileEntry['type']>> = { f: 'file', d: 'folder', l: 'link' };

function parseFiles(text: string): FileEntry[] {
  return text.split('\0').flatMap((record) => {
    const [, type = '', size, time, uid, target = '', path = ''] =
      /^\s*(\w) (\d+) ([\d.]+) (\d+)\t([^\t]*)\t(.+)$/s.exec(record) ?? [];
    if (path === '') return [];
    return [
      {
        path,
        type: TYPES[type] ?? 'other',
        sizeBytes: Number(size),
        modifiedMs: Math.round(Number(time) * 1_000),
        uid: Number(uid),
        ...(target !== '' && { target }),
      },
    ];
  });
}
