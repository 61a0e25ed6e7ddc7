/** Finds the word that was most likely meant by one that is not known. */

/** The candidate that is nearest to the word, or undefined if none is near enough to be worth mentioning. */
export function findNearMiss(word: string, candidates: readonly string[]): string | undefined {
  const plain = toPlain(word);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const other = toPlain(candidate);
    const distance = sortLetters(plain) === sortLetters(other) ? 1 : countEdits(plain, other);
    const isNear = distance <= 0.4 * Math.max(plain.length, other.length) || countCommonStart(plain, other) >= 4;
    if (isNear && distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `pool_size` and `poolSize` are the same mistake, not two. */
function toPlain(word: string): string {
  return word.replaceAll(/[_-]/g, '').toLowerCase();
}

/** Letters in the wrong order are one mistake too. */
function sortLetters(word: string): string {
  return word
    .split('')
    .sort((a, b) => (a < b ? -1 : 1))
    .join('');
}

function countCommonStart(a: string, b: string): number {
  let count = 0;
  while (count < a.length && a[count] === b[count]) count += 1;
  return count;
}

/** How many letters must be put in, taken out or replaced to make one word of the other (Levenshtein's distance). */
function countEdits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
