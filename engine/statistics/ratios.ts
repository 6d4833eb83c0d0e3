import { BARS_PER_YEAR, isConstant, mean, standardDeviation } from './returns.ts';

/**
 * Sharpe ratio of one period over a risk-free rate of 0: mean over sample standard deviation
 * (divisor T − 1), not annualized. Inference about Sharpe ratios starts from it.
 *
 * @param returns simple returns per period.
 * @returns null for fewer than two returns and for constant ones, whose ratio is undefined.
 * @see W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21(1), 1994.
 */
export function periodSharpeOf(returns: ArrayLike<number>): number | null {
  const deviation = standardDeviation(returns);
  return deviation === null || isConstant(returns, deviation) ? null : mean(returns) / deviation;
}

/**
 * Annualized Sharpe ratio: that of one period times the root of the periods per year.
 *
 * @param returns simple returns per period.
 * @param periodsPerYear > 0; 252 trading days unless named.
 * @returns null for fewer than two returns and for constant ones.
 * @see W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21(1), 1994.
 */
export function sharpeOf(
  returns: ArrayLike<number>,
  periodsPerYear = BARS_PER_YEAR,
): number | null {
  const ratio = periodSharpeOf(returns);
  return ratio === null ? null : ratio * Math.sqrt(periodsPerYear);
}

export interface SortinoOptions {
  /** The return per period that counts as neither gain nor loss; 0 unless named. */
  readonly target?: number;
  /** > 0; 252 trading days unless named. */
  readonly periodsPerYear?: number;
}

/**
 * Annualized Sortino ratio: mean over the target, divided by the downside deviation, whose mean
 * square runs over all periods, losing or not.
 *
 * @param returns simple returns per period.
 * @returns null when no return is below the target: there is no downside to divide by.
 * @see F. Sortino & L. Price, "Performance Measurement in a Downside Risk Framework", Journal of
 *   Investing 3(3), 1994.
 */
export function sortinoOf(
  returns: ArrayLike<number>,
  { target = 0, periodsPerYear = BARS_PER_YEAR }: SortinoOptions = {},
): number | null {
  const periods = returns.length;
  // Scaled by the largest shortfall, whose square may be too small for float64.
  let largest = 0;
  let excess = 0;
  for (let t = 0; t < periods; t += 1) {
    const over = (returns[t] as number) - target;
    largest = Math.max(largest, -over);
    excess += over;
  }
  if (largest === 0) {
    return null;
  }
  let squares = 0;
  for (let t = 0; t < periods; t += 1) {
    const shortfall = Math.min((returns[t] as number) - target, 0) / largest;
    squares += shortfall * shortfall;
  }
  const deviation = largest * Math.sqrt(squares / periods);
  return (excess / periods / deviation) * Math.sqrt(periodsPerYear);
}
