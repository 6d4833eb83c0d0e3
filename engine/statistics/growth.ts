import { PreconditionError } from '../precondition.ts';
import { BARS_PER_YEAR } from './returns.ts';

export interface Growth {
  /** What 1 became: the product of 1 + r. */
  readonly wealth: number;
  /** Largest fall from a peak, as a fraction of the peak; the starting 1 counts as a peak. */
  readonly maxDrawdown: number;
  /** Longest run of periods that ended below an earlier peak; one that has not ended counts. */
  readonly drawdownPeriods: number;
}

/**
 * How wealth grew and fell: w[0] = 1, w[t] = w[t−1] × (1 + r[t]).
 *
 * @param returns simple returns per period, each >= −1, oldest first.
 * @throws {PreconditionError} when a return is not finite, or below −1: nothing can be left of an
 *   account that lost more than it held, so the later periods would have no meaning.
 * @see M. Magdon-Ismail & A. Atiya, "Maximum Drawdown", Risk 17(10), 2004.
 */
export function growthOf(returns: readonly number[]): Growth {
  let wealth = 1;
  let peak = 1;
  let maxDrawdown = 0;
  let below = 0;
  let drawdownPeriods = 0;
  for (const [t, value] of returns.entries()) {
    if (!(Number.isFinite(value) && value >= -1)) {
      throw new PreconditionError(
        `returns[${String(t)}] must be finite and >= -1, was ${String(value)}`,
      );
    }
    wealth *= 1 + value;
    peak = Math.max(peak, wealth);
    maxDrawdown = Math.max(maxDrawdown, 1 - wealth / peak);
    below = wealth < peak ? below + 1 : 0;
    drawdownPeriods = Math.max(drawdownPeriods, below);
  }
  return { wealth, maxDrawdown, drawdownPeriods };
}

/**
 * Compound growth per year, w^(A/T) − 1.
 *
 * @param wealth what 1 became after `periods`.
 * @param periodsPerYear A, > 0.
 * @returns null without periods, and where the result is not a finite number.
 */
export function annualGrowth(
  wealth: number,
  periods: number,
  periodsPerYear = BARS_PER_YEAR,
): number | null {
  const annual = periods === 0 ? Number.NaN : wealth ** (periodsPerYear / periods) - 1;
  return Number.isFinite(annual) ? annual : null;
}

/**
 * Annual growth over the largest drawdown, both over the whole span.
 *
 * @returns null when the growth is undefined or there was no drawdown to divide by.
 * @see T. W. Young, "Calmar Ratio: A Smoother Tool", Futures, October 1991, which looks back three
 *   years.
 */
export function calmarOf(annual: number | null, maxDrawdown: number): number | null {
  return annual === null || maxDrawdown === 0 ? null : annual / maxDrawdown;
}
