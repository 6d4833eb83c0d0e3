import { barSeries } from '../../engine/bar-series.ts';
import { FEATURE_NAMES, featureColumns, featureWarmUpBars } from '../../engine/features.ts';
import type { Bar } from '../../schemas/bar.ts';
import { randomBars, withOtherFuture } from '../support/bars.ts';

type Compute = (bars: readonly Bar[]) => Float64Array;

/** Rows whose value changes when the bars after them do, or are not there at all. */
function rowsThatLookAhead(compute: Compute, bars: readonly Bar[]): number[] {
  const expected = compute(bars);
  return bars.flatMap((_, row) => {
    const others = [withOtherFuture(bars, row), bars.slice(0, row + 1)];
    const isSame = others.every((other) => Object.is(compute(other)[row], expected[row]));
    return isSame ? [] : [row];
  });
}

const bars = randomBars(320, 2);

describe.each(FEATURE_NAMES)('feature %s', (name) => {
  const compute: Compute = (some) => featureColumns(barSeries(some), [name])[0] as Float64Array;

  it('does not look ahead on any row', () => {
    expect(rowsThatLookAhead(compute, bars)).toEqual([]);
  });

  it('is finite from its warm-up on and NaN before it', () => {
    const first = compute(bars).findIndex((value) => Number.isFinite(value));

    expect(first).toBe(featureWarmUpBars([name]));
    expect(compute(bars).subarray(first).every(Number.isFinite)).toBe(true);
  });

  it('does not depend on the price level', () => {
    const scaled = bars.map((bar) => ({
      ...bar,
      open: bar.open * 8,
      high: bar.high * 8,
      low: bar.low * 8,
      close: bar.close * 8,
    }));

    // A factor of 8 is exact in float64.
    expect(compute(scaled)).toEqual(compute(bars));
  });
});

describe('the look-ahead check of features', () => {
  const column = (some: readonly Bar[]) => barSeries(some).close;

  it('catches centered smoothing', () => {
    const centered: Compute = (some) =>
      column(some).map((value, t, all) => ((all[t - 1] ?? value) + (all[t + 1] ?? value)) / 2);

    expect(rowsThatLookAhead(centered, bars).length).toBeGreaterThan(300);
  });

  it('catches min-max scaling over the whole series', () => {
    const scaled: Compute = (some) => {
      const all = column(some);
      return all.map((value) => value / Math.max(...all));
    };

    expect(rowsThatLookAhead(scaled, bars).length).toBeGreaterThan(300);
  });
});

describe('featureColumns', () => {
  it('names the known features when one is unknown', () => {
    expect(() => featureColumns(barSeries(bars), ['return-3'])).toThrow(
      /feature must be one of return-1, .*, was "return-3"/,
    );
  });

  it('does not take names of object methods for features', () => {
    expect(() => featureWarmUpBars(['constructor'])).toThrow('was "constructor"');
  });
});
