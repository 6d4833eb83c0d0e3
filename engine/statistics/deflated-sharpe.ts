import { PreconditionError } from '../precondition.ts';
import { normalQuantile } from './normal.ts';
import { probabilisticSharpeOf } from './probabilistic-sharpe.ts';
import { standardDeviation } from './returns.ts';

const EULER_MASCHERONI = 0.5772156649015329;

/**
 * The Sharpe ratio that the best of N trials without any skill is expected to show:
 * sr0 = √V ((1 − γ) z(1 − 1/N) + γ z(1 − 1/(N e))), V the variance of the trials' ratios (divisor
 * N − 1).
 *
 * @param trialSharpes Sharpe ratios of all trials, per period and not annualized; length >= 1.
 * @returns a Sharpe ratio per period; 0 of one trial.
 * @throws {PreconditionError} without trials, or with a ratio that is not finite.
 * @see D. Bailey & M. López de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management
 *   40(5), 2014.
 */
export function expectedMaximumSharpe(trialSharpes: readonly number[]): number {
  const trials = trialSharpes.length;
  const wrong = trialSharpes.findIndex((value) => !Number.isFinite(value));
  if (trials === 0 || wrong !== -1) {
    const was = trials === 0 ? 'empty' : `${String(trialSharpes[wrong])} at ${String(wrong)}`;
    throw new PreconditionError(`trialSharpes must be one or more finite numbers, was ${was}`);
  }
  const deviation = standardDeviation(trialSharpes);
  if (deviation === null) {
    return 0;
  }
  const best = normalQuantile(1 - 1 / trials);
  const beyond = normalQuantile(1 - 1 / (trials * Math.E));
  return deviation * ((1 - EULER_MASCHERONI) * best + EULER_MASCHERONI * beyond);
}

/**
 * Deflated Sharpe ratio: the probability that the true Sharpe ratio is above what the best of all
 * trials would show by luck.
 *
 * @param returns simple returns per period of the trial that was chosen.
 * @param trialSharpes Sharpe ratios of all trials, per period; the chosen one is among them.
 * @returns a probability; null where the probabilistic Sharpe ratio is undefined.
 * @see D. Bailey & M. López de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management
 *   40(5), 2014.
 */
export function deflatedSharpeOf(
  returns: readonly number[],
  trialSharpes: readonly number[],
): number | null {
  return probabilisticSharpeOf(returns, expectedMaximumSharpe(trialSharpes));
}
