import { lcg, type RandomSource } from '../../engine/random.ts';

/** The sum of 12 uniforms less 6, which other languages rebuild in one line. */
export function normal(random: RandomSource): number {
  let total = -6;
  for (let draw = 0; draw < 12; draw += 1) {
    total += random.uniform();
  }
  return total;
}

export interface ReturnSpec {
  readonly seed: number;
  readonly count: number;
  readonly mean: number;
  readonly scale: number;
  /** Every so many-th value is three times as far below 0; 0 for none. */
  readonly crash: number;
}

/** The series of test/fixtures/golden/statistics.py. */
export function randomReturns({ seed, count, mean, scale, crash }: ReturnSpec): number[] {
  const random = lcg(seed);
  return Array.from({ length: count }, (_, t) => {
    const value = mean + scale * normal(random);
    return crash > 0 && t % crash === 0 ? -3 * Math.abs(value) : value;
  });
}
