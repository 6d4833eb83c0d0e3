import {
  exponentialAverage,
  movingAverageConvergence,
  relativeStrengthIndex,
  rollingMaximum,
  rollingVolatility,
  simpleAverage,
  simpleReturns,
} from '../../engine/indicators.ts';

const of = (...values: number[]) => Float64Array.of(...values);

describe('relativeStrengthIndex', () => {
  it('begins with plain means and then smooths as Wilder does', () => {
    // Changes +1 −2 +3 −1, period 3. Row 3: gain 4/3, loss 2/3 → 100 − 100/(1 + 2) = 66.67.
    // Row 4: gain (4/3·2 + 0)/3 = 8/9, loss (2/3·2 + 1)/3 = 7/9 → 100 − 100/(1 + 8/7) = 53.33.
    const rsi = relativeStrengthIndex(of(10, 11, 9, 12, 11), 3);

    expect([...rsi.subarray(0, 3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(rsi[3]).toBeCloseTo(200 / 3, 12);
    expect(rsi[4]).toBeCloseTo(160 / 3, 12);
  });

  it.each([
    ['without losses', [1, 2, 3, 4], 100],
    ['without gains', [4, 3, 2, 1], 0],
    ['without any move', [5, 5, 5, 5], 50],
  ])('is at its bound %s', (_case, closes, expected) => {
    expect(relativeStrengthIndex(of(...closes), 2)[3]).toBe(expected);
  });
});

describe('exponentialAverage', () => {
  it('is seeded with the first value and not adjusted', () => {
    // alpha 0.5: 8; 0.5·4 + 0.5·8 = 6; 0.5·10 + 0.5·6 = 8.
    expect([...exponentialAverage(of(8, 4, 10), 3)]).toEqual([8, 6, 8]);
  });

  it('refuses a span that is not a whole number >= 1', () => {
    expect(() => exponentialAverage(of(1), 0)).toThrow('span must be a whole number >= 1, was 0');
  });
});

describe('movingAverageConvergence', () => {
  it('has a signal line that begins at 0, the first value of the MACD line', () => {
    // EMA(1): 4, 8, 6. EMA(3), alpha 0.5: 4, 6, 6. MACD 0, 2, 0. Signal alpha 2/3: 0, 4/3, 4/9.
    const { macd, signal } = movingAverageConvergence(of(4, 8, 6), { fast: 1, slow: 3, signal: 2 });

    expect([...macd]).toEqual([0, 2, 0]);
    expect(signal[0]).toBe(0);
    expect(signal[1]).toBeCloseTo(4 / 3, 12);
    expect(signal[2]).toBeCloseTo(4 / 9, 12);
  });
});

describe('rolling indicators', () => {
  it('are undefined, NaN, exactly until they have enough rows', () => {
    const values = of(1, 2, 4, 8, 16);
    const defined = (series: Float64Array) => series.findIndex((value) => !Number.isNaN(value));

    expect(defined(simpleAverage(values, 3))).toBe(2);
    expect(defined(rollingMaximum(values, 3))).toBe(2);
    expect(defined(simpleReturns(values, 3))).toBe(3);
    expect(defined(rollingVolatility(of(1, 2, 1, 2, 1), 3))).toBe(3);
  });

  it('have the values that one computes by hand', () => {
    expect(simpleAverage(of(1, 2, 6), 3)[2]).toBe(3);
    expect(rollingMaximum(of(5, 1, 3, 2), 3)[3]).toBe(3);
    expect(simpleReturns(of(2, 3), 1)[1]).toBe(0.5);
    // Returns +1 and −0.5: mean 0.25, squares 2 · 0.75², over 1 → sqrt(1.125).
    expect(rollingVolatility(of(1, 2, 1), 2)[2]).toBeCloseTo(Math.sqrt(1.125), 12);
  });
});
