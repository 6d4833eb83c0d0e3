import type { BarSeries } from './bar-series.ts';
import {
  movingAverageConvergence,
  relativeStrengthIndex,
  rollingMaximum,
  rollingVolatility,
  simpleAverage,
  simpleReturns,
} from './indicators.ts';
import { PreconditionError } from './precondition.ts';

/** A model input that a strategy may declare by name. */
interface Feature {
  /** First row at which the value is defined. */
  readonly warmUpBars: number;
  readonly compute: (series: BarSeries) => Float64Array;
}

/** Joins two series row by row. */
function combine(
  left: Float64Array,
  right: Float64Array,
  join: (left: number, right: number) => number,
): Float64Array {
  return left.map((value, t) => join(value, right[t] as number));
}

function returnOver(bars: number): Feature {
  return { warmUpBars: bars, compute: ({ close }) => simpleReturns(close, bars) };
}

function distanceToAverage(period: number): Feature {
  return {
    warmUpBars: period - 1,
    compute: ({ close }) =>
      combine(close, simpleAverage(close, period), (price, average) => price / average - 1),
  };
}

/**
 * The feature library. All are free of units and of the price level, so that a model fitted on one
 * decade can be read on another. Each value at row t uses rows <= t only.
 */
const FEATURES: Readonly<Record<string, Feature>> = {
  /** Simple return over the last n bars. */
  'return-1': returnOver(1),
  'return-2': returnOver(2),
  'return-5': returnOver(5),
  'return-10': returnOver(10),
  'return-20': returnOver(20),
  /** Standard deviation of the last 20 one-bar returns, per bar. */
  'volatility-20': { warmUpBars: 20, compute: ({ close }) => rollingVolatility(close, 20) },
  /** RSI(14) / 100 − 0.5, so −0.5 to 0.5. */
  'rsi-14': {
    warmUpBars: 14,
    compute: ({ close }) => relativeStrengthIndex(close, 14).map((value) => value / 100 - 0.5),
  },
  /** (MACD(12, 26) − its EMA(9)) / close. */
  'macd-histogram': {
    warmUpBars: 0,
    compute: ({ close }) => {
      const { macd, signal } = movingAverageConvergence(close, { fast: 12, slow: 26, signal: 9 });
      const histogram = combine(macd, signal, (line, average) => line - average);
      return combine(histogram, close, (value, price) => value / price);
    },
  },
  /** close / SMA(n) − 1. */
  'distance-sma-50': distanceToAverage(50),
  'distance-sma-200': distanceToAverage(200),
  /** close / highest close of the last 250 bars − 1, so <= 0. */
  'drawdown-250': {
    warmUpBars: 249,
    compute: ({ close }) =>
      combine(close, rollingMaximum(close, 250), (price, high) => price / high - 1),
  },
  /** (high − low) / close of this bar. */
  'range-1': {
    warmUpBars: 0,
    compute: ({ high, low, close }) =>
      combine(
        combine(high, low, (top, bottom) => top - bottom),
        close,
        (range, price) => range / price,
      ),
  },
};

/** Names that a feature spec may use, in a fixed order. */
export const FEATURE_NAMES: readonly string[] = Object.keys(FEATURES);

function featureNamed(name: string): Feature {
  const feature = Object.hasOwn(FEATURES, name) ? FEATURES[name] : undefined;
  if (!feature) {
    throw new PreconditionError(
      `feature must be one of ${FEATURE_NAMES.join(', ')}, was ${JSON.stringify(name)}`,
    );
  }
  return feature;
}

/**
 * Bars needed before every named feature is defined: the first usable row.
 *
 * @throws {PreconditionError} when a name is unknown.
 */
export function featureWarmUpBars(names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, featureNamed(name).warmUpBars), 0);
}

/**
 * Feature columns over a whole series, in the order of `names`: [f][n], NaN before warm-up.
 *
 * @throws {PreconditionError} when a name is unknown.
 */
export function featureColumns(series: BarSeries, names: readonly string[]): Float64Array[] {
  return names.map((name) => {
    const feature = featureNamed(name);
    return series.cached(`feature/${name}`, () => feature.compute(series));
  });
}
