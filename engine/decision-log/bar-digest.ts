/** One float64 and its two words, so that a number is hashed by its bits. */
const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/** What stands for a value that is not defined: every NaN counts as the same. */
const NOT_DEFINED = 0x7ff80000;

/** Digest before anything has been added. */
export const EMPTY_DIGEST = 0x9747b28c;

/**
 * Adds a number to a digest by its bits; −0 counts as 0, as JSON writes it. NaN means not defined.
 *
 * @param digest 32 bits.
 * @returns 32 bits.
 * @see A. Appleby, MurmurHash3, the body of the 32-bit variant.
 */
export function addNumber(digest: number, value: number): number {
  if (Number.isNaN(value)) return addWord(digest, NOT_DEFINED);
  number[0] = value + 0;
  return addWord(addWord(digest, words[0] as number), words[1] as number);
}

/** Spreads every bit of a digest over all others, once everything has been added. */
export function finishDigest(digest: number): number {
  let hash = digest;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function addWord(digest: number, word: number): number {
  let key = Math.imul(word, 0xcc9e2d51);
  key = Math.imul((key << 15) | (key >>> 17), 0x1b873593);
  const hash = digest ^ key;
  return (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
}
