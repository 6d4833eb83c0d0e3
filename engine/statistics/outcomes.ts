import { PreconditionError } from '../precondition.ts';
import { sum } from './returns.ts';

/**
 * Share of outcomes that gained, of those that gained or lost. Outcomes are returns of periods, or
 * gains of round trips.
 *
 * @returns null when nothing gained or lost.
 */
export function hitRateOf(outcomes: readonly number[]): number | null {
  const decided = outcomes.filter((value) => value !== 0);
  return decided.length === 0 ? null : decided.filter((value) => value > 0).length / decided.length;
}

/**
 * Profit factor: what the gains sum to over what the losses sum to, as a positive number.
 *
 * @returns null when nothing was lost: there is nothing to divide by.
 * @see R. Pardo, "The Evaluation and Optimization of Trading Strategies", 2nd ed., 2008, chapter 12.
 */
export function profitFactorOf(outcomes: readonly number[]): number | null {
  const lost = sum(outcomes.filter((value) => value < 0));
  return lost === 0 ? null : sum(outcomes.filter((value) => value > 0)) / -lost;
}

/**
 * Tail ratio: the 95 % quantile of returns over the 5 % quantile, both as absolute values. Above 1
 * the large gains are larger than the large losses.
 *
 * @returns null without returns, and when the 5 % quantile is 0.
 * @see Quantopian, "empyrical", function `tail_ratio`.
 */
export function tailRatioOf(returns: readonly number[]): number | null {
  if (returns.length === 0) {
    return null;
  }
  const sorted = Float64Array.from(returns).sort();
  const low = Math.abs(quantileOfSorted(sorted, 0.05));
  return low === 0 ? null : Math.abs(quantileOfSorted(sorted, 0.95)) / low;
}

/**
 * Quantile by linear interpolation at position probability × (n − 1) of the sorted values, as
 * numpy and pandas do by default.
 *
 * @param sorted ascending, length >= 1, without NaN.
 * @param probability in [0, 1].
 * @throws {PreconditionError} when a bound is broken.
 * @see R. Hyndman & Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician
 *   50(4), 1996: definition 7.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, probability: number): number {
  if (sorted.length === 0 || !(probability >= 0 && probability <= 1)) {
    throw new PreconditionError(
      `quantile must be in [0, 1] of at least one value, was ${String(probability)} of ${String(sorted.length)}`,
    );
  }
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}
