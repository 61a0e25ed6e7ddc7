/** The programs: how each is told to read a log, take the fields out of it, and write them as JSON to its stdout. */
import { rsyslogConfig } from './rsyslog.ts';
import { syslogNgConfig } from './syslog-ng.ts';
import { mtailProgram } from './mtail.ts';
import type { CaseName } from './cases.ts';

export interface SubjectPaths {
  /** Of its own, and empty. */
  readonly folder: string;
  readonly logFile: string;
}

export interface Subject {
  readonly name: string;
  /** Files that it needs, by name in its folder, or undefined if it cannot do this. */
  readonly files: (paths: SubjectPaths, caseName: CaseName) => Readonly<Record<string, string>> | undefined;
  readonly command: (paths: SubjectPaths) => readonly string[];
  /** Prints its version, in the first line. */
  readonly version: readonly string[];
  /** Where it says how many events it has seen, if it writes none. */
  readonly metricsPort?: number;
}

const OUR_PARSERS: Readonly<Record<CaseName, object>> = {
  'combined access lines': { parser: { type: 'accessLog' } },
  'JSON lines': { parser: { type: 'json' } },
  'multi-line events': {
    multiline: { start: String.raw`^\d{4}-` },
    parser: {
      type: 'regex',
      pattern: String.raw`^(?<time>[\d-]+ [\d:,]+) (?<level>[A-Z]+) \[(?<thread>[^\]]+)\] (?<logger>[^ ]+) - (?<msg>.*)$`,
      timeFormat: 'yyyy-MM-dd HH:mm:ss,SSS',
      stack: String.raw`^[a-z]+\.[\w.]+: `,
    },
  },
};

/** `nodeFlags` are those of the image, `program` is the bundle. */
export function createSubjects(program: string, nodeFlags: readonly string[]): readonly Subject[] {
  return [
    {
      name: 'ours',
      files: ({ folder, logFile }, caseName) => ({
        'log-adapter.yaml': JSON.stringify({
          inputs: [{ path: logFile, service: 'app', ...OUR_PARSERS[caseName] }],
          stateDir: `${folder}/state`,
          ops: { port: 0 },
        }),
      }),
      command: ({ folder }) => ['node', ...nodeFlags, program, '--config', `${folder}/log-adapter.yaml`],
      version: ['node', '--print', '"log-adapter of this checkout on Node.js " + process.version'],
    },
    {
      name: 'rsyslog',
      files: rsyslogConfig,
      command: ({ folder }) => ['rsyslogd', '-n', '-f', `${folder}/rsyslog.conf`, '-i', 'NONE'],
      version: ['rsyslogd', '-v'],
    },
    {
      name: 'syslog-ng',
      files: syslogNgConfig,
      command: ({ folder }) => [
        ...['syslog-ng', '--foreground', '--no-caps', '--cfgfile', `${folder}/syslog-ng.conf`],
        ...['--persist-file', `${folder}/persist`, '--pidfile', `${folder}/pid`, '--control', `${folder}/control`],
      ],
      version: ['syslog-ng', '--version'],
    },
    {
      name: 'mtail',
      files: mtailProgram,
      command: ({ folder, logFile }) => [
        ...['mtail', '--progs', `${folder}/app.mtail`, '--logs', logFile, '--address', '127.0.0.1', '--port', '3903'],
        ...['--poll_interval', '50ms', '--poll_log_interval', '50ms', '--log_dir', folder],
      ],
      version: ['mtail', '--version'],
      metricsPort: 3_903,
    },
  ];
}
