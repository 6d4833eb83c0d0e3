import { numbersOf } from './indicators/numbers.ts';
import { PreconditionError } from './precondition.ts';

/**
 * Indicators over whole series: `Float64Array` in, `Float64Array` of the same length out, oldest
 * first. The value at row t uses rows <= t only. NaN means exactly one thing, "not defined yet":
 * it fills the rows before warm-up and never appears after them when the input is finite. A plain array
 * of numbers is taken too; a value in it that is not a number is a TypeError.
 */

type Numbers = Float64Array;

/** An element that the loop bounds guarantee. */
function at(values: Numbers, index: number): number {
  return values[index] as number;
}

/** @throws {PreconditionError} when a period or span is not a whole number >= 1. */
export function checkPeriod(name: string, period: number): void {
  if (!Number.isInteger(period) || period < 1) {
    throw new PreconditionError(`${name} must be a whole number >= 1, was ${String(period)}`);
  }
}

/**
 * Relative strength index after Wilder, 0 to 100. The first average gain and loss are the plain
 * means of the first n changes, then (previous × (n − 1) + new) / n. Without losses it is 100;
 * without any move it is 50. First defined at row n.
 *
 * @see J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
 */
export function relativeStrengthIndex(given: Numbers, period: number): Numbers {
  const close = numbersOf('close', given);
  checkPeriod('period', period);
  const result = new Float64Array(close.length).fill(Number.NaN);
  let gain = 0;
  let loss = 0;
  for (let t = 1; t < close.length; t += 1) {
    const change = at(close, t) - at(close, t - 1);
    const up = change > 0 ? change : 0;
    const down = change < 0 ? -change : 0;
    if (t <= period) {
      gain += up;
      loss += down;
      if (t < period) {
        continue;
      }
      gain /= period;
      loss /= period;
    } else {
      gain = (gain * (period - 1) + up) / period;
      loss = (loss * (period - 1) + down) / period;
    }
    result[t] = relativeStrength(gain, loss);
  }
  return result;
}

/** RSI of the smoothed gain and loss: 100 without losses, 50 without any move. */
export function relativeStrength(gain: number, loss: number): number {
  if (loss === 0) {
    return gain === 0 ? 50 : 100;
  }
  return 100 - 100 / (1 + gain / loss);
}

/**
 * Exponential moving average seeded with the first value, alpha = 2 / (span + 1), without the
 * weight adjustment that pandas applies by default. Defined from row 0.
 */
export function exponentialAverage(given: Numbers, span: number): Numbers {
  const values = numbersOf('values', given);
  checkPeriod('span', span);
  const alpha = 2 / (span + 1);
  const result = new Float64Array(values.length);
  let average = 0;
  for (let t = 0; t < values.length; t += 1) {
    average = t === 0 ? at(values, 0) : alpha * at(values, t) + (1 - alpha) * average;
    result[t] = average;
  }
  return result;
}

/**
 * Exponentially weighted mean with weights (1 − alpha)^k for age k, alpha = 2 / (span + 1), divided by
 * their sum: `ewm(span, adjust=True).mean()` of pandas. Unlike `exponentialAverage` it gives the first
 * value no extra weight. Defined from row 0.
 *
 * @see R. Carver, "Systematic Trading", 2015, appendix B.
 */
export function adjustedAverage(given: Numbers, span: number): Numbers {
  const values = numbersOf('values', given);
  checkPeriod('span', span);
  const decay = 1 - 2 / (span + 1);
  let weighted = 0;
  let weights = 0;
  return values.map((value) => {
    weighted = weighted * decay + value;
    weights = weights * decay + 1;
    return weighted / weights;
  });
}

/**
 * Wilder's smoothing: the plain mean of the first n values, then (previous × (n − 1) + new) / n. First
 * defined at row n − 1.
 *
 * @see J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
 */
export function wilderAverage(given: Numbers, period: number): Numbers {
  const values = numbersOf('values', given);
  checkPeriod('period', period);
  const result = new Float64Array(values.length).fill(Number.NaN);
  let average = 0;
  for (let t = 0; t < values.length; t += 1) {
    if (t >= period) {
      average = (average * (period - 1) + at(values, t)) / period;
    } else {
      average += at(values, t);
      average = t === period - 1 ? average / period : average;
    }
    if (t >= period - 1) {
      result[t] = average;
    }
  }
  return result;
}

export interface MovingAverageConvergence {
  /** EMA(fast) − EMA(slow), in price units. */
  readonly macd: Numbers;
  /** EMA of the MACD line, seeded with its first value, which is 0. */
  readonly signal: Numbers;
}

/** Moving average convergence/divergence (G. Appel). Defined from row 0, where both lines are 0. */
export function movingAverageConvergence(
  given: Numbers,
  { fast, slow, signal }: { fast: number; slow: number; signal: number },
): MovingAverageConvergence {
  const close = numbersOf('close', given);
  const quick = exponentialAverage(close, fast);
  const lazy = exponentialAverage(close, slow);
  const macd = quick.map((value, t) => value - at(lazy, t));
  return { macd, signal: exponentialAverage(macd, signal) };
}

/**
 * Simple moving average over the last `period` rows; first defined at row period − 1. Each window is
 * summed afresh: a running sum would keep the rounding errors of all earlier rows.
 */
export function simpleAverage(given: Numbers, period: number): Numbers {
  const values = numbersOf('values', given);
  checkPeriod('period', period);
  const result = new Float64Array(values.length).fill(Number.NaN);
  for (let t = period - 1; t < values.length; t += 1) {
    let sum = 0;
    for (let k = t - period + 1; k <= t; k += 1) {
      sum += at(values, k);
    }
    result[t] = sum / period;
  }
  return result;
}

/** Simple return over `bars` rows: value[t] / value[t − bars] − 1. First defined at row `bars`. */
export function simpleReturns(given: Numbers, bars: number): Numbers {
  const values = numbersOf('values', given);
  checkPeriod('bars', bars);
  const result = new Float64Array(values.length).fill(Number.NaN);
  for (let t = bars; t < values.length; t += 1) {
    result[t] = at(values, t) / at(values, t - bars) - 1;
  }
  return result;
}

/**
 * Standard deviation (divisor n − 1) of the last `period` one-row returns, per row and not per
 * year. First defined at row `period`. `period` >= 2.
 */
export function rollingVolatility(given: Numbers, period: number): Numbers {
  const close = numbersOf('close', given);
  checkPeriod('period - 1', period - 1);
  const returns = simpleReturns(close, 1);
  const means = simpleAverage(returns.subarray(1), period);
  const result = new Float64Array(close.length).fill(Number.NaN);
  for (let t = period; t < close.length; t += 1) {
    const mean = at(means, t - 1);
    let squares = 0;
    for (let k = t - period + 1; k <= t; k += 1) {
      squares += (at(returns, k) - mean) ** 2;
    }
    result[t] = Math.sqrt(squares / (period - 1));
  }
  return result;
}

/** Greatest of the last `period` rows; first defined at row period − 1. */
export function rollingMaximum(given: Numbers, period: number): Numbers {
  const values = numbersOf('values', given);
  checkPeriod('period', period);
  const result = new Float64Array(values.length).fill(Number.NaN);
  for (let t = period - 1; t < values.length; t += 1) {
    let greatest = Number.NEGATIVE_INFINITY;
    for (let k = t - period + 1; k <= t; k += 1) {
      greatest = Math.max(greatest, at(values, k));
    }
    result[t] = greatest;
  }
  return result;
}
