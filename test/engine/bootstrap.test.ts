import {
  bootstrapMeans,
  shareAboveZero,
  stationaryBootstrapIndices,
} from '../../engine/bootstrap.ts';
import { lcg, xoshiro, type RandomSource } from '../../engine/random.ts';

/** Numbers in [0, 1) in a given order. */
function scripted(...numbers: number[]): RandomSource {
  const queue = [...numbers];
  const next = () => queue.shift() ?? Number.NaN;
  return { uniform: next, integer: (n) => Math.floor(next() * n) };
}

describe('lcg', () => {
  it('follows its formula', () => {
    // (1 · 1664525 + 1013904223) / 2^32, then once more modulo 2^32.
    const random = lcg(1);

    expect(random.uniform()).toBe(1_015_568_748 / 2 ** 32);
    expect(random.uniform()).toBe(1_586_005_467 / 2 ** 32);
  });
});

describe('xoshiro', () => {
  it('repeats itself for one seed and differs for another, high bits included', () => {
    const first = (seed: number) => {
      const random = xoshiro(seed);
      return [random.uniform(), random.uniform(), random.uniform()];
    };

    expect(first(7)).toEqual(first(7));
    expect(first(7)).not.toEqual(first(8));
    expect(first(7)).not.toEqual(first(7 + 2 ** 32));
  });

  it('spreads evenly', () => {
    const random = xoshiro(42);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw += 1) {
      const bucket = random.integer(10);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }

    // Chi-squared with 9 degrees of freedom: 27.9 is its 0.1 % point.
    const squares = counts.map((count) => (count - 10_000) ** 2 / 10_000);
    expect(squares.reduce((sum, value) => sum + value, 0)).toBeLessThan(27.9);
  });
});

describe('stationaryBootstrapIndices', () => {
  it('draws a row and a uniform for every position, used or not', () => {
    // Four rows, mean block 2: restart below 0.5. Each pair is a row and a uniform.
    const random = scripted(0.85, 0.9, 0.1, 0.7, 0.2, 0.6, 0.3, 0.4);

    // floor(0.85 · 4) = 3; 0.7 goes on and wraps to 0; 0.6 goes on to 1; 0.4 restarts at 1.
    expect([...stationaryBootstrapIndices(4, 2, random)]).toEqual([3, 0, 1, 1]);
  });

  it('has blocks of the mean length that was asked for', () => {
    const indices = stationaryBootstrapIndices(100_000, 10, xoshiro(5));
    const restarts = indices.filter(
      (index, t) => t > 0 && index !== ((indices[t - 1] ?? 0) + 1) % 100_000,
    );

    expect(100_000 / restarts.length).toBeCloseTo(10, 0);
  });

  it('refuses a mean block below one row', () => {
    expect(() => stationaryBootstrapIndices(5, 0.5, lcg(1))).toThrow('must be >= 1');
  });
});

describe('bootstrapMeans', () => {
  it('runs all resamples on one generator', () => {
    const values = Float64Array.of(1, 2, 3, 4);
    const means = bootstrapMeans(values, { resamples: 2, blockBars: 2, random: lcg(9) });
    const random = lcg(9);
    const mean = () => {
      const indices = stationaryBootstrapIndices(4, 2, random);
      return indices.reduce((sum, index) => sum + (values[index] ?? 0), 0) / 4;
    };

    expect([...means]).toEqual([mean(), mean()]);
  });

  it('counts a mean of exactly 0 as no gain', () => {
    expect(shareAboveZero(Float64Array.of(0, 0, 1, -1))).toBe(0.25);
  });
});
