import { barSeries } from '../../engine/bar-series.ts';
import { xoshiro } from '../../engine/random.ts';
import type { RowRange } from '../../engine/splits.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { RetrainInput } from '../../schemas/jobs/retrain.ts';
import { strategyById } from '../../strategies/registry.ts';
import { SearchSettings } from '../../strategies/search-settings.ts';
import { parseSettings } from '../../strategies/settings-error.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';
import { checkHoldsShare } from '../host/walk-strategy.ts';
import { drawCandidates } from './candidates.ts';
import type { ScoreCandidatesInput } from './score-candidates.ts';
import { trainingSpan } from './training-span.ts';

export const SEARCH_JOB = 'retrain/search';

/**
 * A decision at one close is judged by the move into the next bar, so the fit span ends one bar
 * before the held-out bars.
 */
export const LABEL_HORIZON_BARS = 1;

/** What a search is about to do; the same for every job that does a part of it. */
export interface SearchPlan {
  readonly strategy: Strategy;
  readonly holdout: RowRange;
  /** What scoring needs: its candidates are the ones to try, in the order of drawing. */
  readonly scoring: ScoreCandidatesInput;
}

/**
 * Draws the candidates and splits the bars: a pure function of its arguments.
 *
 * @throws {SettingsError} when the strategy or a trainer setting is unknown or out of range.
 * @throws {BadInputError} when the strategy is not searched, trades futures, or too few bars are left.
 */
export function planSearch(input: RetrainInput, bars: readonly Bar[]): SearchPlan {
  const strategy = strategyById(input.strategyId);
  const sample = sampleOf(strategy);
  const settings = parseSettings<SearchSettings>(
    SearchSettings,
    input.trainer,
    `trainer settings of ${strategy.id}`,
  );
  const bound = strategy.bind(strategy.defaultParameters);
  checkHoldsShare(bound);
  const { fit, holdout } = trainingSpan(bars, input, {
    labelHorizonBars: LABEL_HORIZON_BARS,
    firstDecision: bound.warmUpBars,
  });
  const candidates = drawCandidates({
    first: strategy.defaultParameters,
    sample,
    count: settings.candidates,
    random: xoshiro(input.seed),
  });
  // The search is not even handed the bars that it must not see.
  const known = bars.slice(0, fit.to);
  const { folds } = settings;
  const { costModel } = input;
  const series = barSeries(known);
  return {
    strategy,
    holdout,
    scoring: { strategy, candidates, bars: known, series, fit, folds, costModel },
  };
}

/** Candidates of one part: contiguous, all parts of nearly the same size, none twice. */
export function candidatesOfPart(count: number, index: number, of: number): RowRange {
  return { from: Math.floor((count * index) / of), to: Math.floor((count * (index + 1)) / of) };
}

function sampleOf(strategy: Strategy): NonNullable<Strategy['sample']> {
  if (strategy.trainerJob !== SEARCH_JOB || strategy.sample === null) {
    throw new BadInputError(
      `strategyId must be a strategy that ${SEARCH_JOB} can search, was ${strategy.id}. Its trainer is ${strategy.trainerJob}.`,
    );
  }
  return strategy.sample;
}
