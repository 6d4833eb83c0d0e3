import fc from 'fast-check';
import { GapFinder, type Gap } from '../../engine/gaps.ts';

const SEED = 4;

function gapsOf(expected: readonly number[], there: readonly number[]): Gap[] {
  const finder = new GapFinder(expected);
  for (const ms of there) finder.take(ms);
  return finder.end();
}

/** Missing times one by one, and runs of neighbors in `expected` told by their index. */
function slowly(expected: readonly number[], there: readonly number[]): Gap[] {
  const gaps: Gap[] = [];
  for (const [index, ms] of expected.entries()) {
    if (there.includes(ms)) continue;
    const last = gaps.at(-1);
    if (last !== undefined && last.lastMs === expected[index - 1]) {
      gaps[gaps.length - 1] = { ...last, lastMs: ms, missing: last.missing + 1 };
    } else {
      gaps.push({ firstMs: ms, lastMs: ms, missing: 1 });
    }
  }
  return gaps;
}

const times = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 40 })
  .map((values) => values.sort((a, b) => a - b));

describe('GapFinder', () => {
  it.each([
    ['nothing is missing', [1, 2, 3], [1, 2, 3], []],
    ['one bar is missing', [1, 2, 3], [1, 3], [{ firstMs: 2, lastMs: 2, missing: 1 }]],
    ['a run is one gap', [1, 4, 9, 10], [1, 10], [{ firstMs: 4, lastMs: 9, missing: 2 }]],
    ['the end is missing', [1, 2, 3], [1], [{ firstMs: 2, lastMs: 3, missing: 2 }]],
    ['a bar comes unexpected', [1, 5], [1, 3, 5], []],
  ])('tells when %s', (_what, expected, there, gaps) => {
    expect(gapsOf(expected, there)).toEqual(gaps);
  });

  it(`agrees with looking for each bar by itself (seed ${String(SEED)})`, () => {
    fc.assert(
      fc.property(times, times, (expected, there) => {
        expect(gapsOf(expected, there)).toEqual(slowly(expected, there));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
