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
  let before = initialEquity;
  return equity.map((point) => {
    if (!Number.isFinite(before) || before <= 0) {
      throw new PreconditionError(`equity must be finite and > 0, was ${String(before)}`);
    }
    const change = point.equity / before - 1;
    before = point.equity;
    return change;
  });
}

/** @returns the arithmetic mean, 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

/** @returns the sum in the order of the values, in float64. */
export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) {
    total += value;
  }
  return total;
}

/**
 * Sample standard deviation (divisor T - 1).
 *
 * @returns null for fewer than two values.
 */
export function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) {
    return null;
  }
  const center = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - center) ** 2)) / (values.length - 1));
}

/** Values whose deviation is at most this share of the largest one count as constant. */
const CONSTANT = 1e-12;

/**
 * Whether values are all the same but for float64 rounding: fewer than two of them, or a sample
 * deviation of at most 1e-12 of the largest absolute value. Ratios to that deviation are undefined.
 */
export function isConstant(values: readonly number[]): boolean {
  const deviation = standardDeviation(values);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-300);
  return deviation === null || deviation <= CONSTANT * largest;
}
