/* eslint-disable jest/no-export -- it declares tests that other test files run */
import { barSeries } from '../../engine/bar-series.ts';
import { lcg } from '../../engine/random.ts';
import { openAccount } from '../../engine/walk.ts';
import { walkFuturesStrategy } from '../../jobs/host/walk-futures-strategy.ts';
import { walkStrategy } from '../../jobs/host/walk-strategy.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';
import { randomBars, withOtherFuture } from './bars.ts';

const BARS = 600;
/** Rows after warm-up that are checked at least. */
const ROWS_MIN = 100;
const RELEASE = 'c'.repeat(64);

/** What every registered strategy promises. Each check is a function, so that leaks can be planted. */
export function strategyContract(strategy: Strategy): void {
  describe(`${strategy.id} keeps the strategy contract`, () => {
    const bound = strategy.bind(strategy.defaultParameters);
    const count = Math.max(BARS, bound.warmUpBars + ROWS_MIN);
    const bars = randomBars(count, 11);

    it('decides the same on the same bars', () => {
      const again = strategy.bind(strategy.defaultParameters);

      expect(decisionsOf(again, randomBars(count, 11))).toEqual(decisionsOf(bound, bars));
    });

    it('does not look ahead on any row', () => {
      expect(rowsThatLookAhead(bound, bars)).toEqual([]);
    });

    it('decides nothing before warm-up and everything after it', () => {
      expect(rowsAgainstWarmUp(bound, bars)).toEqual([]);
    });

    it('keeps its target and its forecast within their bounds', () => {
      expect(rowsOutOfRange(bound, bars)).toEqual([]);
    });

    it('describes itself and its parameters', () => {
      expect(strategy.parameters.safeParse(strategy.defaultParameters).success).toBe(true);
      expect(strategy.trainer.safeParse({}).success).toBe(true);
      expect(strategy.title.length).toBeGreaterThan(0);
      expect(strategy.description).toMatch(/\.$/);
    });

    it('refuses an unknown parameter by name and lists the known ones', () => {
      const known = Object.keys(strategy.parameters.shape).join(', ') || 'none';

      expect(() => strategy.bind({ ...strategy.defaultParameters, colour: 1 })).toThrow(
        new RegExp(`unknown field colour.*Known: ${known}`),
      );
    });
  });
}

/** Stand-in for a model: any numbers do, as long as each bar keeps its own. */
function predictionsFor(bound: BoundStrategy, count: number): Float64Array | null {
  if (bound.featureSpec.names.length === 0) {
    return null;
  }
  const random = lcg(5);
  return Float64Array.from({ length: count }, () => random.uniform());
}

/** What a decision says, whatever account it is for. */
interface AnyDecision {
  readonly forecast: number | null;
  readonly prediction: number | null;
  readonly target: number;
}

function decisionsOf(bound: BoundStrategy, bars: readonly Bar[]): readonly AnyDecision[] {
  const { futures: terms } = bound;
  if (terms !== null) {
    const series = barSeries(bars);
    return walkFuturesStrategy({
      series,
      strategy: bound,
      terms,
      decideAt: bound.prepare(series),
      firstDecision: bound.warmUpBars,
      predictions: predictionsFor(bound, bars.length),
      costModel: { feeBps: 1, halfSpreadBps: 1 },
    }).decisions;
  }
  return walkStrategy({
    bars,
    span: { fromIndex: 0, toIndex: bars.length },
    strategy: bound,
    decideAt: bound.prepare(barSeries(bars)),
    firstDecision: bound.warmUpBars,
    predictions: predictionsFor(bound, bars.length),
    releaseId: RELEASE,
    account: openAccount(1000),
    costModel: { feeBps: 1, halfSpreadBps: 1 },
  }).decisions;
}

/**
 * Rows whose decision changes when the bars after them do, or are not there at all. Every row
 * after warm-up is tried, flat and holding.
 */
export function rowsThatLookAhead(bound: BoundStrategy, bars: readonly Bar[]): number[] {
  const decideAt = bound.prepare(barSeries(bars));
  const predictions = predictionsFor(bound, bars.length);
  const leaks: number[] = [];
  for (let index = bound.warmUpBars; index < bars.length; index += 1) {
    const prediction = predictions?.[index] ?? null;
    const answers = (decide: typeof decideAt) =>
      [0, 1].map((held) => decide({ index, prediction, held }, bound.initialState));
    const expected = JSON.stringify(answers(decideAt));
    const others = [withOtherFuture(bars, index), bars.slice(0, index + 1)];
    const changed = others.some(
      (other) => JSON.stringify(answers(bound.prepare(barSeries(other)))) !== expected,
    );
    if (changed) {
      leaks.push(index);
    }
  }
  return leaks;
}

/** Rows before warm-up with a view or a target, and rows after it without a view. */
export function rowsAgainstWarmUp(bound: BoundStrategy, bars: readonly Bar[]): number[] {
  return decisionsOf(bound, bars).flatMap(({ forecast, prediction, target }, index) => {
    const isSilent = forecast === null && prediction === null && target === 0;
    const isRight = index < bound.warmUpBars ? isSilent : Number.isFinite(forecast);
    return isRight ? [] : [index];
  });
}

/**
 * Rows whose target or forecast is out of range, whatever the prediction and the holding. A target is a
 * share of the account, or a finite number of contracts.
 */
export function rowsOutOfRange(bound: BoundStrategy, bars: readonly Bar[]): number[] {
  const decideAt = bound.prepare(barSeries(bars));
  const rows: number[] = [];
  for (let index = bound.warmUpBars; index < bars.length; index += 1) {
    const answers = [null, 0, 0.3, 0.5, 0.7, 1].flatMap((prediction) =>
      [0, 0.5, 1].map((held) => decideAt({ index, prediction, held }, bound.initialState)),
    );
    const isWithin = answers.every(
      ({ target, forecast }) =>
        (bound.futures === null ? target >= 0 && target <= 1 : Number.isFinite(target)) &&
        Math.abs(forecast) <= 20,
    );
    if (!isWithin) {
      rows.push(index);
    }
  }
  return rows;
}
