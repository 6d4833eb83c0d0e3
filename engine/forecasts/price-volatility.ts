import { checkPeriod } from '../indicators.ts';
import { PreconditionError } from '../precondition.ts';
import { quantileOfSorted } from '../statistics/outcomes.ts';

export interface PriceVolatilityOptions {
  /** Span of the exponential weights over price changes. */
  readonly span: number;
  /** Changes needed before there is a value, >= 2. */
  readonly minPeriods: number;
  /** The floor is this quantile of the recent values, 0 to 1. */
  readonly floorQuantile: number;
  /** Rows that the floor looks back on, this one included. */
  readonly floorWindow: number;
  /** Values needed before there is a floor. */
  readonly floorMinPeriods: number;
}

/** No instrument is quieter than this, in price units. */
const LEAST = 1e-10;

/**
 * Daily volatility of the price in price units: the exponentially weighted deviation of the changes
 * (pandas `ewm(span, adjust=True).std()`), not below a low quantile of its own recent values, so that
 * a quiet spell does not make positions explode. NaN before `minPeriods` changes are known.
 *
 * @param close prices, oldest first, finite.
 * @throws {PreconditionError} when an option breaks its bounds.
 * @see R. Carver, "Systematic Trading", 2015, appendix B; pysystemtrade, sysquant/estimators/vol.py.
 */
export function priceVolatility(
  close: Float64Array,
  options: PriceVolatilityOptions,
): Float64Array {
  checkOptions(options);
  const raw = weightedDeviation(close, options);
  const floor = trailingQuantile(raw, options);
  return raw.map((value, t) => Math.max(value, floor[t] as number));
}

/** The deviation without the floor. */
function weightedDeviation(
  close: Float64Array,
  { span, minPeriods }: PriceVolatilityOptions,
): Float64Array {
  const decay = 1 - 2 / (span + 1);
  const result = new Float64Array(close.length).fill(Number.NaN);
  let weights = 0;
  let squaredWeights = 0;
  let mean = 0;
  let squares = 0;
  for (let t = 1; t < close.length; t += 1) {
    const change = (close[t] as number) - (close[t - 1] as number);
    weights = weights * decay + 1;
    squaredWeights = squaredWeights * decay ** 2 + 1;
    // Weighted updating after D. West, Communications of the ACM 22(9), 1979: nothing cancels.
    const distance = change - mean;
    mean += distance / weights;
    squares = squares * decay + distance * (change - mean);
    if (t >= minPeriods) {
      const variance = (squares * weights) / (weights ** 2 - squaredWeights);
      result[t] = Math.max(Math.sqrt(variance), LEAST);
    }
  }
  return result;
}

/** Quantile of the defined values of the last rows; 0 where there are too few. */
function trailingQuantile(
  values: Float64Array,
  { floorQuantile, floorWindow, floorMinPeriods }: PriceVolatilityOptions,
): Float64Array {
  const sorted: number[] = [];
  return values.map((value, t) => {
    const leaving = values[t - floorWindow];
    if (leaving !== undefined && !Number.isNaN(leaving)) {
      sorted.splice(placeOf(leaving, sorted), 1);
    }
    if (!Number.isNaN(value)) {
      sorted.splice(placeOf(value, sorted), 0, value);
    }
    const isEnough = sorted.length >= Math.max(1, floorMinPeriods);
    return isEnough ? quantileOfSorted(sorted, floorQuantile) : 0;
  });
}

/** First place in ascending order whose value is not smaller. */
function placeOf(value: number, sorted: readonly number[]): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function checkOptions(options: PriceVolatilityOptions): void {
  const { span, minPeriods, floorQuantile, floorWindow, floorMinPeriods } = options;
  checkPeriod('volatility.span', span);
  checkPeriod('volatility.minPeriods - 1', minPeriods - 1);
  checkPeriod('volatility.floorWindow', floorWindow);
  checkPeriod('volatility.floorMinPeriods', floorMinPeriods);
  if (!(floorQuantile >= 0 && floorQuantile <= 1)) {
    throw new PreconditionError(
      `volatility.floorQuantile must be in [0, 1], was ${String(floorQuantile)}`,
    );
  }
}
