/**
 * Command line and GITSYNC_* variables to values. The command line wins over a variable, a variable over the default.
 * A name that does not exist is an error in both, because a misspelt setting that is ignored is found out too late.
 */
import { AppError } from '@pod-patterns/runtime/errors.ts';
import { closestName } from './closest-name.ts';
import { FLAG_NAMES, flagOf, variableOf, type FlagName, type FlagValues } from './flags.ts';
import { oldFlag, oldVariable, unsupportedFlag, unsupportedVariable, type OldName } from './old-names.ts';
import { redactUrl } from './repo-url.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Warn = (message: string) => void;

interface Written {
  /** The flag or the variable, for messages. */
  readonly source: string;
  readonly value: string;
}

const REMEDY = 'Run git-sync --help for the list of flags, or --man for the manual.';
/** What Kubernetes itself puts into the environment for a Service that is named `gitsync`. */
const SERVICE_LINK =
  /^GITSYNC_(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;
const VARIABLES = new Map(
  FLAG_NAMES.flatMap((name): [string, FlagName][] => {
    const variable = variableOf(name);
    return variable === undefined ? [] : [[variable, name]];
  }),
);

/**
 * Reads all settings; `warn` is told of names that are out of date. Throws AppErrors `FLAG_INVALID` (command line) and
 * `VARIABLE_INVALID` (environment).
 */
export function parseFlags(argv: readonly string[], environment: Environment, warn: Warn = () => {}): FlagValues {
  const fromVariables = readVariables(environment, warn);
  const fromFlags = readArguments(argv, warn);
  const values = FLAG_NAMES.map((name) => {
    const { schema, fallback, isSecret } = flagOf(name);
    const written = fromFlags.get(name) ?? fromVariables.get(name);
    const parsed = schema.safeParse(written?.value ?? fallback);
    if (parsed.success) return [name, parsed.data] as const;
    const code = fromFlags.has(name) ? 'FLAG_INVALID' : 'VARIABLE_INVALID';
    const reason = parsed.error.issues[0]?.message ?? 'is not valid';
    const value = isSecret === true ? 'its value' : JSON.stringify(redactUrl(written?.value ?? ''));
    throw new AppError(code, `${written?.source}: ${value} ${reason}`, REMEDY);
  });
  return Object.fromEntries(values) as FlagValues;
}

/** The variables that may hold a secret, the old ones too: other programs must not inherit them. */
export function secretVariables(environment: Environment): readonly string[] {
  const names = [...VARIABLES.values()];
  return Object.keys(environment).filter((variable) => {
    const name = VARIABLES.get(variable) ?? oldVariable(variable, names)?.name;
    return name !== undefined && flagOf(name).isSecret === true;
  });
}

function readVariables(environment: Environment, warn: Warn): Map<FlagName, Written> {
  const written = new Map<FlagName, Written>();
  const replaced = new Map<FlagName, Written>();
  for (const [variable, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    const reason = unsupportedVariable(variable);
    if (reason !== undefined) throw new AppError('VARIABLE_INVALID', `${variable}: ${reason}`, REMEDY);
    const name = VARIABLES.get(variable);
    if (name !== undefined) written.set(name, { source: variable, value });
    const old = name === undefined ? oldVariable(variable, [...VARIABLES.values()]) : undefined;
    if (old?.name !== undefined) {
      warn(`${variable} is out of date: use ${variableOf(old.name)}`);
      replaced.set(old.name, { source: variable, value: old.convert?.(value) ?? value });
    }
    if (name !== undefined || !variable.startsWith('GITSYNC_') || SERVICE_LINK.test(variable)) continue;
    const like = closestName(variable, [...VARIABLES.keys()]);
    throw unknown('VARIABLE_INVALID', `there is no variable ${variable}`, like);
  }
  return new Map([...replaced, ...written]);
}

function readArguments(argv: readonly string[], warn: Warn): Map<FlagName, Written> {
  const written = new Map<FlagName, Written>();
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const { name, source, attached, old } = splitArgument(argument);
    const isSwitch = name === undefined ? old?.isSwitch === true : flagOf(name).placeholder === undefined;
    const value = attached ?? (isSwitch ? 'true' : rest.shift());
    if (value === undefined) throw new AppError('FLAG_INVALID', `${source} needs a value`, REMEDY);
    if (old !== undefined) warn(`${source} is out of date${name === undefined ? '' : `: use --${name}`}`);
    if (name === 'password') warn('--password can be seen by everyone who sees the arguments: use $GITSYNC_PASSWORD');
    if (name !== undefined) written.set(name, { source, value: join(name, written.get(name), old, value) });
  }
  return written;
}

function join(name: FlagName, before: Written | undefined, old: OldName | undefined, value: string): string {
  const converted = old?.convert?.(value) ?? value;
  const { separator } = flagOf(name);
  return before === undefined || separator === undefined ? converted : `${before.value}${separator}${converted}`;
}

interface Argument {
  readonly name: FlagName | undefined;
  readonly source: string;
  readonly attached: string | undefined;
  readonly old: OldName | undefined;
}

/** `--name`, `--name=value`, `-n`, `-n=value`, `-nvalue`. */
function splitArgument(argument: string): Argument {
  const long = /^--(?<written>[^=]+)(?:=(?<attached>.*))?$/su.exec(argument)?.groups;
  const short = /^-(?<written>[^-=])(?:=?(?<attached>.+))?$/su.exec(argument)?.groups;
  const groups = long ?? short;
  if (groups === undefined) {
    throw new AppError('FLAG_INVALID', `${JSON.stringify(redactUrl(argument))} is not a flag`, REMEDY);
  }
  const written = groups['written'] === '?' ? 'h' : (groups['written'] ?? '');
  const source = long === undefined ? `-${written}` : `--${written}`;
  const attached = groups['attached'];
  const name = FLAG_NAMES.find((name) => (long === undefined ? flagOf(name).short : name) === written);
  if (name !== undefined) return { name, source, attached, old: undefined };
  const old = long === undefined ? undefined : oldFlag(written);
  if (old !== undefined) return { name: old.name, source, attached, old };
  const reason = unsupportedFlag(written);
  if (reason !== undefined) throw new AppError('FLAG_INVALID', `${source}: ${reason}`, REMEDY);
  const like = long === undefined ? undefined : closestName(written, FLAG_NAMES);
  throw unknown('FLAG_INVALID', `there is no flag ${source}`, like === undefined ? undefined : `--${like}`);
}

function unknown(code: string, message: string, like: string | undefined): AppError {
  return new AppError(code, like === undefined ? message : `${message}; did you mean ${like}?`, REMEDY);
}
