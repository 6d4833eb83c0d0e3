import { BARS_PER_YEAR, mean, standardDeviation } from './returns.ts';

/** Returns that differ by less than this share of the largest one count as constant. */
const CONSTANT = 1e-12;

/**
 * Annualised Sharpe ratio over a risk-free rate of 0: mean over sample standard deviation
 * (divisor T - 1), times the root of the bars per year.
 *
 * @param returns simple returns per bar.
 * @returns null for fewer than two returns and for constant ones, whose ratio is undefined.
 * @see W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21(1), 1994.
 */
export function sharpeOf(returns: readonly number[]): number | null {
  const deviation = standardDeviation(returns);
  const largest = returns.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-300);
  if (deviation === null || deviation <= CONSTANT * largest) {
    return null;
  }
  return (mean(returns) / deviation) * Math.sqrt(BARS_PER_YEAR);
}

/**
 * Annualised Sortino ratio over a target of 0: mean over downside deviation, whose mean square
 * runs over all bars, losing or not.
 *
 * @param returns simple returns per bar.
 * @returns null when no bar lost: there is no downside to divide by.
 * @see F. Sortino & L. Price, "Performance Measurement in a Downside Risk Framework", Journal of
 *   Investing 3(3), 1994.
 */
export function sortinoOf(returns: readonly number[]): number | null {
  const downside = mean(returns.map((value) => Math.min(value, 0) ** 2));
  return downside === 0 ? null : (mean(returns) / Math.sqrt(downside)) * Math.sqrt(BARS_PER_YEAR);
}
