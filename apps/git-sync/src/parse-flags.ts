/**
 * Command line and GITSYNC_* variables to values. The command line wins over a variable, a variable over the default.
 * A name that does not exist is an error in both, because a misspelt setting that is ignored is found out too late.
 */
import { AppError } from '@pod-patterns/runtime/errors.ts';
import { closestName } from './closest-name.ts';
import { FLAG_NAMES, flagOf, variableOf, type FlagName, type FlagValues } from './flags.ts';
import { redactUrl } from './repo-url.ts';

interface Written {
  /** The flag or the variable, for messages. */
  readonly source: string;
  readonly value: string;
}

const REMEDY = 'Run git-sync --help for the list of flags and variables.';
/** What Kubernetes itself puts into the environment for a Service that is named `gitsync`. */
const SERVICE_LINK =
  /^GITSYNC_(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** Reads all settings. Throws AppErrors `FLAG_INVALID` (command line) and `VARIABLE_INVALID` (environment). */
export function parseFlags(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): FlagValues {
  const fromVariables = readVariables(environment);
  const fromFlags = readArguments(argv);
  const values = FLAG_NAMES.map((name) => {
    const { schema, fallback } = flagOf(name);
    const written = fromFlags.get(name) ?? fromVariables.get(name);
    const parsed = schema.safeParse(written?.value ?? fallback);
    if (parsed.success) return [name, parsed.data] as const;
    const code = fromFlags.has(name) ? 'FLAG_INVALID' : 'VARIABLE_INVALID';
    const reason = parsed.error.issues[0]?.message ?? 'is not valid';
    throw new AppError(
      code,
      `${written?.source}: ${JSON.stringify(redactUrl(written?.value ?? ''))} ${reason}`,
      REMEDY,
    );
  });
  return Object.fromEntries(values) as FlagValues;
}

function readVariables(environment: Readonly<Record<string, string | undefined>>): Map<FlagName, Written> {
  const names = new Map(FLAG_NAMES.map((name) => [variableOf(name), name]));
  const written = new Map<FlagName, Written>();
  for (const [variable, value] of Object.entries(environment)) {
    const name = names.get(variable);
    if (name !== undefined && value !== undefined) written.set(name, { source: variable, value });
    if (name !== undefined || !variable.startsWith('GITSYNC_') || SERVICE_LINK.test(variable)) continue;
    const known = [...names.keys()].filter((key) => key !== undefined);
    throw unknown('VARIABLE_INVALID', `there is no variable ${variable}`, closestName(variable, known));
  }
  return written;
}

function readArguments(argv: readonly string[]): Map<FlagName, Written> {
  const written = new Map<FlagName, Written>();
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const { name, source, attached } = splitArgument(argument);
    const isSwitch = flagOf(name).placeholder === undefined;
    const value = attached ?? (isSwitch ? 'true' : rest.shift());
    if (value === undefined) throw new AppError('FLAG_INVALID', `${source} needs a value`, REMEDY);
    written.set(name, { source, value });
  }
  return written;
}

/** `--name`, `--name=value`, `-n`, `-n=value`, `-nvalue`. */
function splitArgument(argument: string): { name: FlagName; source: string; attached: string | undefined } {
  const long = /^--(?<written>[^=]+)(?:=(?<attached>.*))?$/su.exec(argument)?.groups;
  const short = /^-(?<written>[^-=])(?:=?(?<attached>.+))?$/su.exec(argument)?.groups;
  const groups = long ?? short;
  if (groups === undefined) {
    throw new AppError('FLAG_INVALID', `${JSON.stringify(redactUrl(argument))} is not a flag`, REMEDY);
  }
  const written = groups['written'] ?? '';
  const source = long === undefined ? `-${written}` : `--${written}`;
  const name = FLAG_NAMES.find((name) => (long === undefined ? flagOf(name).short : name) === written);
  if (name === undefined) {
    const like = long === undefined ? undefined : closestName(written, FLAG_NAMES);
    throw unknown('FLAG_INVALID', `there is no flag ${source}`, like === undefined ? undefined : `--${like}`);
  }
  return { name, source, attached: groups['attached'] };
}

function unknown(code: string, message: string, like: string | undefined): AppError {
  return new AppError(code, like === undefined ? message : `${message}; did you mean ${like}?`, REMEDY);
}
