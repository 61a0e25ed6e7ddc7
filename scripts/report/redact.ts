/** What must not be in a file that is given to others: secrets, wherever in an object they stand. */

const HIDDEN = '(hidden)';
/** Names of settings whose value is nobody's business. */
const SECRET_NAME = /passw|secret|token|credential|api[-_]?key|private[-_]?key|authorization/i;
/** `name = value`, `name: value` and `--name=value` within a text. */
const SECRET_LINE =
  /((?:passw\w*|secret|token|credentials?|api[-_]?key|private[-_]?key|authorization)[\w-]*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;}]+)/gi;
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
const PEM = /-----BEGIN [^-]+-----[^]*?(?:-----END [^-]+-----|$)/g;
const BEARER = /\b(Bearer|Basic) [\w.+/=-]{8,}/gi;
/** Three parts of base64, as of a service account. */
const WEB_TOKEN = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;

/** Managed by the cluster, and of no use to a reader; the annotation is a second copy of everything. */
const LEFT_OUT = new Set(['managedFields', 'kubectl.kubernetes.io/last-applied-configuration']);

/** A copy without secrets. Names stay, so that one sees that there was something. */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  const { name } = value as { name?: unknown };
  const isSecretSetting = typeof name === 'string' && SECRET_NAME.test(name);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !LEFT_OUT.has(key))
      .map(([key, member]) => {
        const isHidden = typeof member === 'string' && (SECRET_NAME.test(key) || (isSecretSetting && key === 'value'));
        return [key, isHidden && !isReference(key) ? HIDDEN : redact(member)];
      }),
  );
}

/** `secretName: tls` says where a secret is, not what it is. */
function isReference(key: string): boolean {
  return /name$/i.test(key);
}

export function redactText(text: string): string {
  return text
    .replaceAll(PEM, HIDDEN)
    .replaceAll(USER_INFO, `$1${HIDDEN}@`)
    .replaceAll(BEARER, `$1 ${HIDDEN}`)
    .replaceAll(WEB_TOKEN, HIDDEN)
    .replaceAll(SECRET_LINE, `$1${HIDDEN}`);
}
