/** `1 gap`, `2 gaps`. */
export function counted(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** `1 gap is`, `2 gaps are`. */
export function countedAre(count: number, word: string): string {
  return `${counted(count, word)} ${count === 1 ? 'is' : 'are'}`;
}
