/** A source of random numbers. Always an argument: the engine owns no hidden state. */
export interface RandomSource {
  /** The next number in [0, 1). */
  uniform: () => number;
  /** The next whole number in [0, n): floor(uniform × n). */
  integer: (n: number) => number;
}

function randomSource(next: () => number): RandomSource {
  return { uniform: next, integer: (n) => Math.floor(next() * n) };
}

/**
 * Linear congruential generator that other languages can rebuild in one line:
 * state' = (state × 1664525 + 1013904223) mod 2^32; uniform = state' / 2^32. It states random
 * series in documents and tests; where quality matters, use `xoshiro`.
 *
 * @see Press et al., "Numerical Recipes in C", 2nd ed., section 7.1.
 */
export function lcg(seed: number): RandomSource {
  let state = seed >>> 0;
  return randomSource(() => {
    // Math.imul keeps the product exact modulo 2^32; a plain product would lose low bits.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  });
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/**
 * xoshiro128** with its four words of state filled by SplitMix32 from a whole-number seed. The low
 * and the high 32 bits of the seed both count.
 *
 * @see D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47(4),
 *   2021; public-domain code at https://prng.di.unimi.it/xoshiro128starstar.c
 */
export function xoshiro(seed: number): RandomSource {
  const fill = splitMix(seed);
  let a = fill();
  let b = fill();
  let c = fill();
  let d = fill();
  return randomSource(() => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result / 2 ** 32;
  });
}

/** SplitMix with 32-bit words and the finaliser of MurmurHash3. */
function splitMix(seed: number): () => number {
  let state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e37_79b9)) | 0;
  return () => {
    state = (state + 0x9e37_79b9) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
    return word ^ (word >>> 16);
  };
}
