import { bootstrapPValue } from '../bootstrap.ts';
import { PreconditionError } from '../precondition.ts';
import { lcg } from '../random.ts';
import { deflatedSharpeOf, expectedMaximumSharpe } from './deflated-sharpe.ts';
import { annualGrowth, calmarOf, growthOf } from './growth.ts';
import { kurtosisOf, skewnessOf } from './moments.ts';
import { defaultLags, neweyWestT } from './newey-west.ts';
import { hitRateOf, profitFactorOf, tailRatioOf } from './outcomes.ts';
import { minimumTrackRecordOf, probabilisticSharpeOf } from './probabilistic-sharpe.ts';
import { periodSharpeOf, sharpeOf, sortinoOf } from './ratios.ts';
import { BARS_PER_YEAR, mean, standardDeviation } from './returns.ts';

/** Settings of `returnStatistics`; each has a default. */
export interface ReturnStatisticsSettings {
  /** A, > 0. */
  readonly periodsPerYear: number;
  /** Return per period that Sortino's downside is measured from. */
  readonly target: number;
  /** SR* of the probabilistic Sharpe ratio and the track record, per period. */
  readonly sharpeThreshold: number;
  /** Confidence of the minimum track record length, within (0, 1). */
  readonly confidence: number;
  /** Per-period Sharpe ratios of all trials; null counts the series as the only trial. */
  readonly trialSharpes: readonly number[] | null;
  /** Lags of Newey and West; null for floor(4 (T/100)^(2/9)). */
  readonly lags: number | null;
  /** Mean block length of the bootstrap, >= 1; null for max(1, round(T^(1/3))). */
  readonly blockPeriods: number | null;
  /** B, a whole number >= 1. */
  readonly resamples: number;
  /** Seed of the generator Lcg. */
  readonly seed: number;
}

export const DEFAULT_RETURN_SETTINGS: ReturnStatisticsSettings = {
  periodsPerYear: BARS_PER_YEAR,
  target: 0,
  sharpeThreshold: 0,
  confidence: 0.95,
  trialSharpes: null,
  lags: null,
  blockPeriods: null,
  resamples: 1000,
  seed: 1,
};

/** Every statistic of one series of returns; null where one is undefined. */
export interface ReturnStatistics {
  /** T. */
  readonly periods: number;
  readonly mean: number | null;
  /** Sample deviation per period (divisor T − 1). */
  readonly std: number | null;
  readonly totalReturn: number;
  /** Annualized. */
  readonly sharpe: number | null;
  /** Per period. */
  readonly periodSharpe: number | null;
  readonly sortino: number | null;
  readonly maxDrawdown: number;
  readonly drawdownPeriods: number;
  readonly cagr: number | null;
  readonly calmar: number | null;
  readonly skew: number | null;
  readonly kurt: number | null;
  readonly hitRate: number | null;
  readonly profitFactor: number | null;
  readonly tailRatio: number | null;
  readonly psr: number | null;
  /** Periods, not rounded. */
  readonly minTrl: number | null;
  readonly sr0: number;
  readonly dsr: number | null;
  /** t statistic of the mean. */
  readonly neweyWest: number | null;
  /** p-value of the hypothesis that the true mean is <= 0; null without returns. */
  readonly bootstrap: number | null;
  /** What the figures above were computed with, defaults filled in. */
  readonly settings: {
    readonly [Name in keyof ReturnStatisticsSettings]: NonNullable<ReturnStatisticsSettings[Name]>;
  };
}

/**
 * Every statistic that needs one series of returns. Definitions and sources are in
 * docs/statistics.md and at each function.
 *
 * @param returns simple returns per period, finite and >= −1, oldest first.
 * @throws {PreconditionError} when a return or a setting breaks its bounds.
 */
export function returnStatistics(
  returns: readonly number[],
  some: Partial<ReturnStatisticsSettings> = {},
): ReturnStatistics {
  const settings = completed(returns.length, { ...DEFAULT_RETURN_SETTINGS, ...some });
  const { periodsPerYear, target, sharpeThreshold: threshold, confidence, lags } = settings;
  const trials = settings.trialSharpes.length === 0 ? [0] : settings.trialSharpes;
  const periods = returns.length;
  const { wealth, maxDrawdown, drawdownPeriods } = growthOf(returns);
  const cagr = annualGrowth(wealth, periods, periodsPerYear);
  return {
    periods,
    mean: periods === 0 ? null : mean(returns),
    std: standardDeviation(returns),
    totalReturn: wealth - 1,
    sharpe: sharpeOf(returns, periodsPerYear),
    periodSharpe: periodSharpeOf(returns),
    sortino: sortinoOf(returns, { target, periodsPerYear }),
    maxDrawdown,
    drawdownPeriods,
    cagr,
    calmar: calmarOf(cagr, maxDrawdown),
    skew: skewnessOf(returns),
    kurt: kurtosisOf(returns),
    hitRate: hitRateOf(returns),
    profitFactor: profitFactorOf(returns),
    tailRatio: tailRatioOf(returns),
    psr: probabilisticSharpeOf(returns, threshold),
    minTrl: minimumTrackRecordOf(returns, { threshold, confidence }),
    sr0: expectedMaximumSharpe(trials),
    dsr: deflatedSharpeOf(returns, trials),
    neweyWest: neweyWestT(returns, lags),
    bootstrap: bootstrapOf(returns, settings),
    settings,
  };
}

function bootstrapOf(
  returns: readonly number[],
  { resamples, blockPeriods, seed }: ReturnStatistics['settings'],
): number | null {
  if (returns.length === 0) {
    return null;
  }
  const options = { resamples, blockBars: blockPeriods, random: lcg(seed) };
  return bootstrapPValue(Float64Array.from(returns), options);
}

function completed(
  periods: number,
  settings: ReturnStatisticsSettings,
): ReturnStatistics['settings'] {
  if (!(settings.periodsPerYear > 0 && Number.isFinite(settings.periodsPerYear))) {
    throw new PreconditionError(
      `periodsPerYear must be finite and > 0, was ${String(settings.periodsPerYear)}`,
    );
  }
  return {
    ...settings,
    trialSharpes: settings.trialSharpes ?? [],
    lags: settings.lags ?? defaultLags(periods),
    blockPeriods: settings.blockPeriods ?? Math.max(1, Math.round(Math.cbrt(periods))),
  };
}
