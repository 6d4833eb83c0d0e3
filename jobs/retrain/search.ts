import { barSeries } from '../../engine/bar-series.ts';
import { readBars } from '../../engine/bars-file.ts';
import { xoshiro } from '../../engine/random.ts';
import type { Bar } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import { BARS_FILE } from '../../schemas/jobs/collect.ts';
import type { RetrainInput, RetrainResult } from '../../schemas/jobs/retrain.ts';
import { strategyById } from '../../strategies/registry.ts';
import { SearchSettings } from '../../strategies/search-settings.ts';
import { parseSettings } from '../../strategies/settings-error.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';
import type { JobContext, ProgramFacts } from '../contract/job.ts';
import { originOf, type SourceHashes } from '../host/source-hashes.ts';
import { checkHoldsShare } from '../host/walk-strategy.ts';
import { drawCandidates } from './candidates.ts';
import { scoreCandidates, type ScoredCandidate } from './score-candidates.ts';
import { describeRows, trainingSpan } from './training-span.ts';

const JOB = 'retrain/search';

/**
 * A decision at one close is judged by the move into the next bar, so the fit span ends one bar
 * before the held-out bars.
 */
const LABEL_HORIZON_BARS = 1;

/** Searches a strategy's parameters on the fit span and proposes the best set. */
export function run(
  context: JobContext<typeof JOB>,
  program: ProgramFacts,
): Promise<RetrainResult> {
  const bars = readBars(context.readText(BARS_FILE));
  const result = searchParameters(context.input, bars, program.sourceHashes());
  context.log(
    `tried ${counted(result.trials, 'parameter set')} on ${counted(result.fit.bars, 'bar')}; best ${JSON.stringify(result.parameters)}`,
  );
  return Promise.resolve(result);
}

/**
 * The search itself: a pure function of its arguments.
 *
 * @throws {SettingsError} when the strategy or a trainer setting is unknown or out of range.
 * @throws {BadInputError} when the strategy is not searched, trades futures, or too few bars are left.
 */
export function searchParameters(
  input: RetrainInput,
  bars: readonly Bar[],
  hashes: SourceHashes,
): RetrainResult {
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
  const ranked = scoreCandidates({
    strategy,
    candidates,
    bars: known,
    series: barSeries(known),
    fit,
    folds: settings.folds,
    costModel: input.costModel,
  });
  const best = ranked[0] as ScoredCandidate;
  return {
    parameters: best.parameters,
    featureSpec: strategy.bind(best.parameters).featureSpec,
    labelHorizonBars: LABEL_HORIZON_BARS,
    modelSha256: null,
    trials: candidates.length,
    fit: describeRows(bars, fit),
    holdout: describeRows(bars, holdout),
    evidence: evidenceOf(ranked),
    ...originOf(hashes, strategy.id, JOB),
  };
}

function sampleOf(strategy: Strategy): NonNullable<Strategy['sample']> {
  if (strategy.trainerJob !== JOB || strategy.sample === null) {
    throw new BadInputError(
      `strategyId must be a strategy that ${JOB} can search, was ${strategy.id}. Its trainer is ${strategy.trainerJob}.`,
    );
  }
  return strategy.sample;
}

function evidenceOf(ranked: readonly ScoredCandidate[]): RetrainResult['evidence'] {
  const best = ranked[0] as ScoredCandidate;
  const median = ranked[Math.floor((ranked.length - 1) / 2)] as ScoredCandidate;
  const standard = ranked.find((candidate) => candidate.order === 0);
  return {
    'Best score (median Sharpe over folds)': best.score,
    'Median score of all candidates': median.score,
    'Score of the default parameters': standard?.score ?? null,
    'Best candidate, worst fold': Math.min(...best.foldScores),
    'Best candidate, Sharpe over the whole fit span': best.sharpe,
    'Best candidate, round trips': best.roundTrips,
  };
}
