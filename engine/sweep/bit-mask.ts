/** Bars that one word of a mask holds. */
const BITS = 32;

/** Words of a mask over so many bars. */
export function maskWords(bars: number): number {
  return Math.ceil(bars / BITS);
}

/** Where a pair of masks is written. */
export interface MaskPair {
  /** Masks of all conditions one after another. */
  readonly words: Int32Array;
  /** First word of the pair: the mask of the bars that enter, then of those that leave. */
  readonly offset: number;
  /** Bars before this index are in neither mask. */
  readonly firstBar: number;
}

/** Marks the bars where `line` is strictly above `other` (enter) and strictly below it (leave). */
export function maskCrossing(line: Float64Array, other: Float64Array, pair: MaskPair): void {
  const { words, offset, firstBar } = pair;
  const count = maskWords(line.length);
  for (let word = 0; word < count; word += 1) {
    const from = Math.max(word * BITS, firstBar);
    const to = Math.min((word + 1) * BITS, line.length);
    let above = 0;
    let below = 0;
    for (let t = from; t < to; t += 1) {
      const one = line[t] as number;
      const two = other[t] as number;
      above |= one > two ? 1 << t : 0;
      below |= one < two ? 1 << t : 0;
    }
    words[offset + word] = above;
    words[offset + count + word] = below;
  }
}

/** Marks the bars where `line` is strictly above `high` (enter) and strictly below `low` (leave). */
export function maskLevels(
  line: Float64Array,
  { high, low }: { readonly high: number; readonly low: number },
  pair: MaskPair,
): void {
  const { words, offset, firstBar } = pair;
  const count = maskWords(line.length);
  for (let word = 0; word < count; word += 1) {
    const from = Math.max(word * BITS, firstBar);
    const to = Math.min((word + 1) * BITS, line.length);
    let above = 0;
    let below = 0;
    for (let t = from; t < to; t += 1) {
      const value = line[t] as number;
      above |= value > high ? 1 << t : 0;
      below |= value < low ? 1 << t : 0;
    }
    words[offset + word] = above;
    words[offset + count + word] = below;
  }
}
