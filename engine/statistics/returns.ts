import { PreconditionError } from '../precondition.ts';

/** Bars per year that every annualised figure assumes: trading days of a US exchange. */
export const BARS_PER_YEAR = 252;

/** Anything that carries the account's value at a close. */
export interface HasEquity {
  readonly equity: number;
}

/**
 * Simple return of each bar: equity over the equity before, minus 1.
 *
 * @param equity account values after each bar, oldest first, in account currency.
 * @param initialEquity account value before the first bar, > 0.
 * @returns as many fractions as there are points.
 * @throws {PreconditionError} when a value that a return is divided by is not finite and > 0.
 */
export function returnsOf(equity: readonly HasEquity[], initialEquity: number): number[] {
  return [...returnColumn(Float64Array.from(equity, valueOf), initialEquity)];
}

/** `returnsOf` of a column of account values. */
export function returnColumn(equity: Float64Array, initialEquity: number): Float64Array {
  const returns = new Float64Array(equity.length);
  let before = initialEquity;
  for (let t = 0; t < equity.length; t += 1) {
    if (!Number.isFinite(before) || before <= 0) {
      throw new PreconditionError(`equity must be finite and > 0, was ${String(before)}`);
    }
    const value = equity[t] as number;
    returns[t] = value / before - 1;
    before = value;
  }
  return returns;
}

function valueOf({ equity }: HasEquity): number {
  return equity;
}

/** Plain loops over indices: on columns they are several times faster than iterators. */
type Numbers = ArrayLike<number>;

/** @returns the arithmetic mean, 0 of nothing. */
export function mean(values: Numbers): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

/** @returns the sum in the order of the values, in float64. */
export function sum(values: Numbers): number {
  let total = 0;
  for (let at = 0; at < values.length; at += 1) {
    total += values[at] as number;
  }
  return total;
}

/**
 * Sample standard deviation (divisor T - 1).
 *
 * @returns null for fewer than two values.
 */
export function standardDeviation(values: Numbers): number | null {
  if (values.length < 2) {
    return null;
  }
  const center = mean(values);
  let squares = 0;
  for (let at = 0; at < values.length; at += 1) {
    const distance = (values[at] as number) - center;
    squares += distance * distance;
  }
  return Math.sqrt(squares / (values.length - 1));
}

/** Values whose deviation is at most this share of the largest one count as constant. */
const CONSTANT = 1e-12;

/**
 * Whether values are all the same but for float64 rounding: fewer than two of them, or a sample
 * deviation of at most 1e-12 of the largest absolute value. Ratios to that deviation are undefined.
 *
 * @param deviation `standardDeviation` of the values, where it is known already.
 */
export function isConstant(values: Numbers, deviation = standardDeviation(values)): boolean {
  let largest = 1e-300;
  for (let at = 0; at < values.length; at += 1) {
    largest = Math.max(largest, Math.abs(values[at] as number));
  }
  return deviation === null || deviation <= CONSTANT * largest;
}
