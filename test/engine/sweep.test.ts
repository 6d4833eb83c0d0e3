import { barSeries } from '../../engine/bar-series.ts';
import { movingAverageConvergence, relativeStrengthIndex } from '../../engine/indicators.ts';
import { maskWords } from '../../engine/sweep/bit-mask.ts';
import { DrawdownTracker } from '../../engine/sweep/drawdown-tracker.ts';
import { planRsiMacd, planWords, runTask } from '../../engine/sweep/rsi-macd-kernel.ts';
import { drawdownOf } from '../../engine/statistics/drawdown.ts';
import { lcg } from '../../engine/random.ts';
import { randomBars } from '../support/bars.ts';

describe('DrawdownTracker', () => {
  it.each([1, 2, 3, 4, 5])('is drawdownOf to the last bit on a random curve, seed %d', (seed) => {
    const random = lcg(seed);
    let value = 1000;
    const curve = Array.from({ length: 3000 }, () => {
      value *= 0.99 + 0.0201 * random.uniform();
      return value;
    });
    const one = new DrawdownTracker(1000);
    const held = new DrawdownTracker(1000);
    for (const equity of curve) one.add(equity);
    held.addHolding(Float64Array.from(curve), 0, 1500, 1);
    held.addHolding(Float64Array.from(curve), 1500, 3000, 1);

    const { max } = drawdownOf(
      curve.map((equity) => ({ equity })),
      1000,
    );
    expect(max).toBeGreaterThan(0.05);
    expect(one.max).toBe(max);
    expect(held.max).toBe(max);
  });
});

describe('runTask', () => {
  const series = barSeries(randomBars(700, 4));
  const parameters = { rsiPeriod: 9, rsiEntry: 52, macdFast: 7, macdSlow: 19, macdSignal: 6 };
  const firstBar = 45;

  /** Bars that a mask of a plan holds. */
  function barsIn(words: Int32Array, offset: number): number[] {
    return series.time.flatMap((_, t) =>
      (((words[offset + (t >>> 5)] as number) >>> (t & 31)) & 1) === 1 ? [t] : [],
    );
  }

  /** Masks of MACD above and below its signal line, then of RSI above and below its levels. */
  function maskedBars(): number[][] {
    const plan = planRsiMacd([parameters]);
    const words = new Int32Array(planWords(plan, series.length));
    for (const task of plan.tasks) runTask(task, series.close, firstBar, words);
    const count = maskWords(series.length);
    return [0, 1, 2, 3].map((mask) => barsIn(words, mask * count));
  }

  it('marks exactly the bars that the indicators of the engine say', () => {
    const rsi = relativeStrengthIndex(series.close, 9);
    const { macd, signal } = movingAverageConvergence(series.close, {
      fast: 7,
      slow: 19,
      signal: 6,
    });
    const bars = series.time.map((_, t) => t).slice(firstBar);
    const at = (values: Float64Array, t: number) => values[t] as number;

    expect(maskedBars()).toEqual([
      bars.filter((t) => at(macd, t) > at(signal, t)),
      bars.filter((t) => at(macd, t) < at(signal, t)),
      bars.filter((t) => at(rsi, t) > 52),
      bars.filter((t) => at(rsi, t) < 42),
    ]);
  });
});

describe('planRsiMacd', () => {
  it('computes each distinct indicator and condition once', () => {
    const base = { rsiPeriod: 14, rsiEntry: 50, macdFast: 12, macdSlow: 26, macdSignal: 9 };
    const plan = planRsiMacd([base, { ...base, rsiEntry: 55 }, { ...base, macdSignal: 7 }, base]);

    expect(plan.tasks.map(({ kind }) => kind)).toEqual(['macd', 'rsi']);
    expect(plan.pairs).toBe(4);
    expect([...plan.uses]).toEqual([0, 1, 0, 2, 3, 1, 0, 1]);
  });
});
