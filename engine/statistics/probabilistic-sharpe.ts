import { kurtosisOf, skewnessOf } from './moments.ts';
import { normalProbability, normalQuantile } from './normal.ts';
import { periodSharpeOf } from './ratios.ts';
import { PreconditionError } from '../precondition.ts';

/** What the uncertainty of a Sharpe ratio depends on; nothing here is annualized. */
export interface SharpeEvidence {
  /** Number of returns. */
  readonly periods: number;
  /** Mean over sample deviation, per period. */
  readonly sharpe: number;
  /** 1 − skew × SR + (kurt − 1) / 4 × SR²: the variance of √T × the estimate; may be <= 0. */
  readonly varianceFactor: number;
}

/** @returns null for fewer than two returns and for constant ones. */
export function sharpeEvidenceOf(returns: readonly number[]): SharpeEvidence | null {
  const sharpe = periodSharpeOf(returns);
  const skewness = skewnessOf(returns);
  const kurtosis = kurtosisOf(returns);
  if (sharpe === null || skewness === null || kurtosis === null) {
    return null;
  }
  const varianceFactor = sharpeVarianceFactor({ sharpe, skewness, kurtosis });
  return { periods: returns.length, sharpe, varianceFactor };
}

/** 1 − skew × SR + (kurt − 1) / 4 × SR², from figures per period. */
export function sharpeVarianceFactor(figures: {
  readonly sharpe: number;
  readonly skewness: number;
  readonly kurtosis: number;
}): number {
  const { sharpe, skewness, kurtosis } = figures;
  return 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2;
}

/**
 * Probabilistic Sharpe ratio: the probability that the true Sharpe ratio is above a threshold,
 * Φ((SR − SR*) √(T − 1) / √(1 − skew SR + (kurt − 1)/4 SR²)).
 *
 * @param returns simple returns per period.
 * @param threshold SR*, per period and not annualized.
 * @returns a probability; null where the Sharpe ratio is undefined, or the term under the root <= 0.
 * @see D. Bailey & M. López de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2),
 *   2012, eq. 11.
 */
export function probabilisticSharpeOf(returns: readonly number[], threshold = 0): number | null {
  const evidence = sharpeEvidenceOf(returns);
  return evidence === null ? null : probabilityAbove(evidence, threshold);
}

/** The same for evidence that is at hand. */
export function probabilityAbove(evidence: SharpeEvidence, threshold: number): number | null {
  const { sharpe, periods, varianceFactor } = evidence;
  return varianceFactor > 0
    ? normalProbability(((sharpe - threshold) * Math.sqrt(periods - 1)) / Math.sqrt(varianceFactor))
    : null;
}

export interface TrackRecordOptions {
  /** SR*, per period and not annualized; 0 unless named. */
  readonly threshold?: number;
  /** Confidence asked for, within (0, 1); 0.95 unless named. */
  readonly confidence?: number;
}

/**
 * Minimum track record length: how many periods are needed until a Sharpe ratio like this one is
 * above a threshold with the asked confidence, 1 + (1 − skew SR + (kurt − 1)/4 SR²)
 * (z(confidence) / (SR − SR*))².
 *
 * @param returns simple returns per period.
 * @returns a number of periods, not rounded; null where no length suffices (SR <= SR*), where the
 *   Sharpe ratio is undefined, or the bracket <= 0.
 * @throws {PreconditionError} when the confidence lies outside (0, 1).
 * @see D. Bailey & M. López de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2),
 *   2012.
 */
export function minimumTrackRecordOf(
  returns: readonly number[],
  { threshold = 0, confidence = 0.95 }: TrackRecordOptions = {},
): number | null {
  if (!(confidence > 0 && confidence < 1)) {
    throw new PreconditionError(`confidence must be within 0 and 1, was ${String(confidence)}`);
  }
  const evidence = sharpeEvidenceOf(returns);
  if (evidence === null || evidence.sharpe <= threshold || !(evidence.varianceFactor > 0)) {
    return null;
  }
  const distance = normalQuantile(confidence) / (evidence.sharpe - threshold);
  return 1 + evidence.varianceFactor * distance ** 2;
}
