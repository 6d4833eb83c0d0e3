/**
 * The known name that a mistyped one is most likely to mean; null when none is near. Near is an
 * edit distance of at most a third of the longer name. The first of equally near names wins.
 */
export function nearestName(name: string, known: readonly string[]): string | null {
  let nearest: string | null = null;
  let best = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const limit = Math.max(name.length, candidate.length) / 3;
    if (distance <= limit && distance < best) {
      nearest = candidate;
      best = distance;
    }
  }
  return nearest;
}

/** Levenshtein distance: insertions, deletions and substitutions of one character. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 0; row < left.length; row += 1) {
    const current = [row + 1];
    for (let column = 1; column <= right.length; column += 1) {
      const substitute = (previous[column - 1] ?? 0) + (right[column - 1] === left[row] ? 0 : 1);
      const remove = (previous[column] ?? 0) + 1;
      const insert = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(substitute, remove, insert));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
