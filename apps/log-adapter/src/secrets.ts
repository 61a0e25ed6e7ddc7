/**
 * What a secret looks like: names under which one is kept, and texts that are one whatever their place.
 *
 * Every pattern here takes linear time whatever the text: it begins with a fixed word, what follows is bounded or ends
 * at the first character of another kind, and where an end is looked for, the end of the text will do.
 */

/** Parts of names, in lower case with `_` between words. A name that has one of them is the name of a secret. */
const SECRET_NAME =
  /passw(?:or)?d|passphrase|pwd|secret|token|api_?key|access_?key|private_?key|credential|authorization|cookie|signature|session_?id|(?:^|_)(?:auth|cvc|cvv|jwt|otp|pass|pin|sid|sig)(?:_|$)/;

/** Tells whether what has this name is a secret: `Set-Cookie`, `apiKey`, `user[password]`. */
export function isSecretName(name: string): boolean {
  const words = name
    .slice(0, 256)
    .replaceAll(/(?<lower>[a-z0-9])(?<upper>[A-Z])/g, '$<lower>_$<upper>')
    .replaceAll(/[^A-Za-z0-9]+/g, '_');
  return SECRET_NAME.test(words.toLowerCase());
}

/**
 * Words without which no text holds a secret; `#` is a digit. Those with a backslash are escapes of JSON that may hide
 * the others.
 */
export const SUSPECT_WORDS: readonly string[] = [
  ...['passw', 'passphrase', 'pwd', 'secret', 'token', 'key', 'credential', 'cookie', 'signature', 'session'],
  ...['auth', 'cvc', 'cvv', 'jwt', 'otp', 'sid'],
  // These are in many other words, too: what follows them is looked at.
  ...['pass', 'pin', 'sig'].flatMap((word) => Array.from('=":\'`]%.- \\', (next) => word + next)),
  ...['bearer', 'basic', '@', '%40', 'eyj', 'akia', 'asia', 'aroa', 'aida', '-----begin', '\\u', '\\/'],
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-', 'xox', 'k_live_', 'k_test_', 'aiza', 'npm_'],
  ...['##############', '#### ####', '####-####', '#### ######', '####-######'],
];

/** `password=`, `"apiKey" : `, `X-Token: `, `user[password]=>`; up to where the value begins. */
const NAME_BEFORE_VALUE =
  /(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|authorization|cookie|signature|session[_-]?id|\b(?:auth|cvc|cvv|jwt|otp|pass|pin|sid|sig)\b)[\w.\]%-]{0,40}\\{0,8}["'`]?\s{0,8}(?:=>|:=|[:=]|%3d)\s{0,8}/gi;

/** What stands in the place of a secret already. */
const MASK = /^\[redacted(?::[0-9a-f]{12})?\]$/;

/** Headers whose value goes on to the end of the line. */
const HEADER = /^(?:authorization|cookie)/i;

/** Puts `mask(secret)` in the place of each value that follows the name of a secret. */
function maskNamedValues(text: string, mask: (secret: string) => string): string {
  let masked = '';
  let done = 0;
  NAME_BEFORE_VALUE.lastIndex = 0;
  for (let match = NAME_BEFORE_VALUE.exec(text); match !== null; match = NAME_BEFORE_VALUE.exec(text)) {
    const start = match.index + match[0].length;
    const [from, to] = valueAt(text, start, HEADER.test(match[0]) ? headerEnd(text[match.index - 1]) : VALUE_END);
    if (to > from && !MASK.test(text.slice(from, to))) {
      masked += text.slice(done, from) + mask(text.slice(from, to));
      done = to;
    }
    NAME_BEFORE_VALUE.lastIndex = Math.max(to, start);
  }
  return done === 0 ? text : masked + text.slice(done);
}

/** What a value without quotes ends at. */
const VALUE_END = /[\s,;&"'`<>)\]}\\]|$/;

/** A header goes on to the end of its line, or of the quotes that it stands in. */
function headerEnd(before: string | undefined): RegExp {
  if (before === '"') return /["\r\n]|$/;
  return before === "'" ? /['\r\n]|$/ : /[\r\n]|$/;
}

/** Where the value that begins here has its secret part: inside of its quotes, or to the end of its brackets. */
function valueAt(text: string, start: number, pattern: RegExp): readonly [number, number] {
  let from = start;
  while (text[from] === '\\') from += 1;
  const first = text[from];
  if (first === '"' || first === "'" || first === '`') return [from + 1, endOfQuoted(text, from + 1, first)];
  if (first === '[' || first === '{') return [from, endOfBrackets(text, from)];
  const end = new RegExp(pattern, 'g');
  end.lastIndex = start;
  return [start, end.exec(text)?.index ?? text.length];
}

/** The quotation mark that something follows as it does after a value; a mark in the middle may not be escaped. */
function endOfQuoted(text: string, from: number, mark: string): number {
  for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) {
    const next = text[at + 1];
    if (next !== undefined && !/[\s,;:&)\]}\\"'`]/.test(next)) continue;
    let end = at;
    while (end > from && text[end - 1] === '\\') end -= 1;
    // After an odd number of backslashes it belongs to the value, unless the value began after one, too.
    const isInside = (at - end) % 2 === 1 && text[from - 2] !== '\\';
    if (!isInside) return end;
  }
  return text.length;
}

function endOfBrackets(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '[' || character === '{') depth += 1;
    if (character === ']' || character === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

type Mask = (secret: string) => string;

interface SecretPattern {
  /** What the documentation calls it. */
  readonly what: string;
  readonly apply: (text: string, mask: Mask) => string;
}

/** Texts that are secrets by their form, in the order they are looked for. */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  {
    what: 'private key blocks',
    apply: (text, mask) =>
      text.replaceAll(
        /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
        mask,
      ),
  },
  {
    what: 'user and password in URLs',
    apply: (text, mask) =>
      text.replaceAll(
        /(?<start>:(?:\/|\\\/|%2f){2})(?<user>[^\s/?#"'<>\\]+)(?<at>@|%40)/gi,
        (_all, start: string, user: string, at: string) => `${start}${mask(user)}${at}`,
      ),
  },
  {
    what: '`Bearer` and `Basic` credentials',
    apply: (text, mask) =>
      text.replaceAll(
        /\b(?<scheme>bearer|basic)(?<gap>(?:\s|%20|\+){1,8})(?<secret>[^\s"'`,;<>\\]+)/gi,
        (all, scheme: string, gap: string, secret: string) =>
          // "Basic authentication" is talk.
          /^basic$/i.test(scheme) && /^[a-z]+[.:)]?$/.test(secret) ? all : `${scheme}${gap}${mask(secret)}`,
      ),
  },
  {
    what: 'values after the name of a secret: `password=`, `"api_key":`, `Cookie:`, query parameters',
    apply: maskNamedValues,
  },
  {
    what: 'JSON Web Tokens',
    // By whole words, so that no character is looked at twice.
    apply: (text, mask) =>
      text.includes('eyJ') ? text.replaceAll(/[\w.+/=~-]{16,}/g, (word) => maskJwt(word, mask)) : text,
  },
  {
    what: 'AWS access keys',
    apply: (text, mask) => text.replaceAll(/(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}/g, mask),
  },
  {
    what: 'tokens of GitHub, GitLab, Google, npm, Slack and Stripe',
    apply: (text, mask) =>
      text.replaceAll(
        /gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|AIza[\w-]{30,}|npm_[A-Za-z0-9]{30,}/g,
        mask,
      ),
  },
  {
    what: 'card numbers (by their first digits, length and check digit)',
    apply: (text, mask) =>
      text.replaceAll(
        /[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{2,7}|3\d{3}[ -]?\d{6}[ -]?\d{4,5}/g,
        (number, offset: number) => {
          const isPart = /[\w.]/.test(text[offset - 1] ?? ' ') || /\w/.test(text[offset + number.length] ?? ' ');
          return !isPart && isCardNumber(number.replaceAll(/\D/g, '')) ? mask(number) : number;
        },
      ),
  },
];

function maskJwt(word: string, mask: Mask): string {
  const start = word.indexOf('eyJ');
  if (start < 0 || !/^eyJ[\w-]{6,}\.[\w-]{6,}/.test(word.slice(start))) return word;
  return word.slice(0, start) + mask(word.slice(start));
}

/** American Express, Diners Club, Discover, JCB, Mastercard, Visa: what ISO/IEC 7812 gives them, with Luhn's digit. */
export function isCardNumber(digits: string): boolean {
  const isIssued =
    /^(?:4\d{15}|4\d{18}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14})$/;
  if (!isIssued.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const value = index % 2 === 0 ? digit : digit * 2;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
