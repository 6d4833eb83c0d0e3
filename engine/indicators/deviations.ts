import { checkPeriod, simpleAverage } from '../indicators.ts';
import { PreconditionError } from '../precondition.ts';
import { simpleReturnStream } from './average-streams.ts';
import { RecentValues, type IndicatorState, type NumberStream } from './stream.ts';

/**
 * Population deviation (divisor n) of the last `period` rows around their mean; first defined at row
 * period − 1. Two passes over each window, oldest first: a running sum of squares would cancel.
 */
export function rollingDeviation(values: Float64Array, period: number): Float64Array {
  checkPeriod('period', period);
  const means = simpleAverage(values, period);
  return means.map((mean, t) => {
    if (Number.isNaN(mean)) {
      return mean;
    }
    let squares = 0;
    for (let k = t - period + 1; k <= t; k += 1) {
      squares += ((values[k] as number) - mean) ** 2;
    }
    return Math.sqrt(squares / period);
  });
}

/**
 * A Bollinger band: the simple average of the last `period` rows plus `width` population deviations.
 * Usual widths are 2 and −2; 0 is the middle band. First defined at row period − 1.
 *
 * @throws {PreconditionError} when the width is not finite.
 * @see J. Bollinger, "Bollinger on Bollinger Bands", 2001, chapter 7.
 */
export function bollingerBand(
  values: Float64Array,
  { period, width }: { readonly period: number; readonly width: number },
): Float64Array {
  if (!Number.isFinite(width)) {
    throw new PreconditionError(`width must be finite, was ${String(width)}`);
  }
  const deviations = rollingDeviation(values, period);
  return simpleAverage(values, period).map((mean, t) => mean + width * (deviations[t] as number));
}

/**
 * Distance of each row from the simple average of the last `period` rows, in their population
 * deviations; 0 where they do not differ. First defined at row period − 1.
 *
 * @see E. Kreyszig, "Advanced Engineering Mathematics", 10th ed., section 24.8: the standardized
 *   variable, over a moving window.
 */
export function zScore(values: Float64Array, period: number): Float64Array {
  const deviations = rollingDeviation(values, period);
  return simpleAverage(values, period).map((mean, t) =>
    standardized(values[t] as number, mean, deviations[t] as number),
  );
}

function standardized(value: number, mean: number, deviation: number): number {
  return deviation === 0 ? 0 : (value - mean) / deviation;
}

/** Mean and population deviation of a full window. */
function spreadOf(recent: RecentValues, period: number): { mean: number; deviation: number } {
  const mean = recent.sum((value) => value) / period;
  return { mean, deviation: Math.sqrt(recent.sum((value) => (value - mean) ** 2) / period) };
}

function windowStream(
  period: number,
  answer: (value: number, spread: { mean: number; deviation: number }) => number,
): NumberStream {
  const recent = new RecentValues(period);
  return {
    next: (value) => {
      recent.push(value);
      return recent.isFull ? answer(value, spreadOf(recent, period)) : Number.NaN;
    },
    snapshot: () => recent.snapshot(),
    restore: (state) => {
      recent.restore(state);
    },
  };
}

/** Streaming form of `rollingDeviation`. */
export function rollingDeviationStream(period: number): NumberStream {
  return windowStream(period, (_value, { deviation }) => deviation);
}

/** Streaming form of `bollingerBand`. */
export function bollingerStream(options: { period: number; width: number }): NumberStream {
  const { period, width } = options;
  return windowStream(period, (_value, { mean, deviation }) => mean + width * deviation);
}

/** Streaming form of `zScore`. */
export function zScoreStream(period: number): NumberStream {
  return windowStream(period, (value, { mean, deviation }) => standardized(value, mean, deviation));
}

/** Streaming form of `rollingVolatility`. */
export function volatilityStream(period: number): NumberStream {
  const returns = simpleReturnStream(1);
  const recent = new RecentValues(period);
  return {
    next: (value) => {
      const change = returns.next(value);
      if (Number.isNaN(change)) {
        return change;
      }
      recent.push(change);
      if (!recent.isFull) {
        return Number.NaN;
      }
      const mean = recent.sum((each) => each) / period;
      return Math.sqrt(recent.sum((each) => (each - mean) ** 2) / (period - 1));
    },
    snapshot: () => [returns.snapshot(), recent.snapshot()],
    restore: ([before, window]) => {
      returns.restore(before as IndicatorState);
      recent.restore(window as IndicatorState);
    },
  };
}
