/**
 * One look at each character of a line tells whether it may hold a secret, and whether it has any character that needs
 * care in JSON. Nearly every line holds neither, and no more has to be done for it.
 *
 * The words are looked for all at once, by the automaton of Aho and Corasick (Communications of the ACM 18(6), 1975):
 * a step through a table for each character, whatever their number and whatever the line.
 */

/** The text may hold a secret. */
export const SUSPECT = 1;
/** It has a character that needs care in JSON. */
const SPECIAL = 2;

export interface TextScanner {
  readonly text: (text: string) => number;
  /** The same for bytes of an encoding that ASCII is a part of; with many lines in one buffer, twice as fast. */
  readonly bytes: (bytes: Uint8Array, start: number, end: number) => number;
}

/** A row of the table; the classes of characters are fewer. */
const ROW = 64;
/** The bit of a class that says that the character needs care. */
const SPECIAL_BIT = 0x80;
const CLASS_BITS = ROW - 1;
/** Shorter texts than four of these cannot be divided by four. */
const MIN_OVERLAP = 3;

/**
 * Makes the scanner for words of ASCII, in any case; `#` stands for a digit. Without words, nothing is suspect.
 * A character that is not printable ASCII, or a backslash, is special; a quotation mark is not.
 */
export function createTextScanner(words: readonly string[]): TextScanner {
  const classes = classesOf(words);
  const { next, suspect } = tableOf(words, classes);
  // So far, at most, does a word reach into the part before that in which it ends.
  const overlap = Math.max(MIN_OVERLAP, ...words.map(({ length }) => length - 1));
  const toTraits = (state: number, seen: number): number =>
    (state === suspect ? SUSPECT : 0) | ((seen & SPECIAL_BIT) === 0 ? 0 : SPECIAL);
  return {
    text(text) {
      let state = 0;
      let seen = 0;
      for (let index = 0; index < text.length; index += 1) {
        const code = text.charCodeAt(index);
        const kind = code < 256 ? (classes[code] as number) : SPECIAL_BIT;
        seen |= kind;
        state = next[state + (kind & CLASS_BITS)] as number;
      }
      return toTraits(state, seen);
    },
    bytes(bytes, start, end) {
      const quarter = Math.ceil((end - start) / 4);
      const isLong = quarter > overlap;
      // Each step needs the one before it, which is what takes the time: so four parts of a line are looked at at once.
      // They overlap, so that no word is in none of them.
      let [first, second, third, fourth] = [0, 0, 0, 0];
      let seen = 0;
      if (isLong) {
        const steps = quarter + overlap;
        const [secondAt, thirdAt, fourthAt] = [start + quarter - overlap, start + quarter * 2 - overlap, end - steps];
        for (let step = 0; step < steps; step += 1) {
          const firstKind = classes[bytes[start + step] as number] as number;
          const secondKind = classes[bytes[secondAt + step] as number] as number;
          const thirdKind = classes[bytes[thirdAt + step] as number] as number;
          const fourthKind = classes[bytes[fourthAt + step] as number] as number;
          seen |= firstKind | secondKind | thirdKind | fourthKind;
          first = next[first + (firstKind & CLASS_BITS)] as number;
          second = next[second + (secondKind & CLASS_BITS)] as number;
          third = next[third + (thirdKind & CLASS_BITS)] as number;
          fourth = next[fourth + (fourthKind & CLASS_BITS)] as number;
        }
      } else {
        for (let index = start; index < end; index += 1) {
          const kind = classes[bytes[index] as number] as number;
          seen |= kind;
          first = next[first + (kind & CLASS_BITS)] as number;
        }
      }
      // The one that is reached by a word has the highest number.
      return toTraits(Math.max(first, second, third, fourth), seen);
    },
  };
}

/** The class of each character: 0 for those that are in no word. */
function classesOf(words: readonly string[]): Uint8Array {
  const characters = [...new Set(words.join('').toLowerCase())];
  if (characters.length >= ROW) throw new Error('the words have too many different characters');
  return Uint8Array.from({ length: 256 }, (_, code) => {
    const character = String.fromCharCode(code);
    const sign = /\d/.test(character) ? '#' : character.toLowerCase();
    const number = character === '#' || code >= 128 ? 0 : characters.indexOf(sign) + 1;
    return number | (code < 32 || code >= 127 || character === '\\' ? SPECIAL_BIT : 0);
  });
}

/** States are the starts of their rows; the one that is reached by a whole word is never left. */
function tableOf(words: readonly string[], classes: Uint8Array) {
  const tree: { readonly children: Map<number, number>; isWord: boolean }[] = [{ children: new Map(), isWord: false }];
  for (const word of words) {
    let node = 0;
    for (const character of word.toLowerCase()) {
      const kind = (classes[character === '#' ? 0x30 : character.charCodeAt(0)] ?? 0) & CLASS_BITS;
      const child = tree[node]?.children.get(kind) ?? tree.push({ children: new Map(), isWord: false }) - 1;
      tree[node]?.children.set(kind, child);
      node = child;
    }
    const last = tree[node];
    if (last !== undefined) last.isWord = true;
  }
  const suspect = tree.length * ROW;
  const next = new Uint16Array(suspect + ROW).fill(suspect, suspect);
  // In the order of their depth, so that the shorter word that a node falls back to is complete.
  const fallback = new Map([[0, 0]]);
  for (const [node, back] of fallback) {
    for (let kind = 0; kind < ROW; kind += 1) {
      const child = tree[node]?.children.get(kind);
      const elsewhere = node === 0 ? 0 : (next[back * ROW + kind] ?? 0);
      next[node * ROW + kind] = child === undefined ? elsewhere : child * ROW;
      if (child === undefined) continue;
      fallback.set(child, elsewhere === suspect ? 0 : elsewhere / ROW);
      if (tree[child]?.isWord === true || elsewhere === suspect) next[node * ROW + kind] = suspect;
    }
  }
  return { next, suspect };
}
