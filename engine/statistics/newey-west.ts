import { PreconditionError } from '../precondition.ts';
import { isConstant, mean } from './returns.ts';

/** The usual number of lags, floor(4 (T / 100)^(2/9)). */
export function defaultLags(periods: number): number {
  return Math.floor(4 * (periods / 100) ** (2 / 9));
}

/**
 * t statistic of the mean with Newey and West's variance, which allows for autocorrelation and
 * changing volatility: e = r − mean, g_l = Σ e[t] e[t−l] / T, S = g_0 + 2 Σ_{l=1..L}
 * (1 − l/(L+1)) g_l, t = mean / √(S/T). There is no small-sample correction.
 *
 * @param returns simple returns per period.
 * @param lags L, a whole number >= 0; `defaultLags` unless named. Lags of T and more add nothing.
 * @returns null for fewer than two returns, for constant ones, and where S <= 0.
 * @throws {PreconditionError} when `lags` is not a whole number >= 0.
 * @see W. Newey & K. West, "A Simple, Positive Semi-Definite, Heteroskedasticity and
 *   Autocorrelation Consistent Covariance Matrix", Econometrica 55(3), 1987.
 */
export function neweyWestT(
  returns: readonly number[],
  lags = defaultLags(returns.length),
): number | null {
  if (!Number.isInteger(lags) || lags < 0) {
    throw new PreconditionError(`lags must be a whole number >= 0, was ${String(lags)}`);
  }
  if (isConstant(returns)) {
    return null;
  }
  const center = mean(returns);
  const residuals = returns.map((value) => value - center);
  let variance = autocovariance(residuals, 0);
  for (let lag = 1; lag <= Math.min(lags, returns.length - 1); lag += 1) {
    variance += 2 * (1 - lag / (lags + 1)) * autocovariance(residuals, lag);
  }
  return variance > 0 ? center / Math.sqrt(variance / returns.length) : null;
}

/** Mean product of residuals `lag` periods apart, with divisor T. */
function autocovariance(residuals: readonly number[], lag: number): number {
  let total = 0;
  for (let t = lag; t < residuals.length; t += 1) {
    total += (residuals[t] as number) * (residuals[t - lag] as number);
  }
  return total / residuals.length;
}
