/** The name most like the one that was written, for "did you mean"; undefined if none is like it. */
export function closestName(written: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, distance: editDistance(written, name) }))
    .sort((left, right) => left.distance - right.distance);
  return best !== undefined && best.distance <= Math.max(2, Math.floor(written.length / 4)) ? best.name : undefined;
}

/** How many letters must be put in, left out or changed (Levenshtein distance), one row of its table at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [fromIndex, fromLetter] of from.split('').entries()) {
    const next = [fromIndex + 1];
    for (const [toIndex, toLetter] of to.split('').entries()) {
      const isSame = fromLetter === toLetter;
      next.push(
        Math.min((row[toIndex] ?? 0) + (isSame ? 0 : 1), (row[toIndex + 1] ?? 0) + 1, (next[toIndex] ?? 0) + 1),
      );
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
