import { readBars } from '../../engine/bars-file.ts';
import type { Bar } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import { BARS_FILE } from '../../schemas/jobs/collect.ts';
import type { RetrainInput, RetrainResult, ScoredPart } from '../../schemas/jobs/retrain.ts';
import type { SourceHashes } from '../../schemas/source-hashes.ts';
import type { JobContext, ProgramFacts } from '../contract/job.ts';
import { originOf } from '../host/source-hashes.ts';
import { LABEL_HORIZON_BARS, planSearch, SEARCH_JOB } from './plan-search.ts';
import type { SearchPlan } from './plan-search.ts';
import { readParts } from './read-parts.ts';
import { rankCandidates, scoreCandidates } from './score-candidates.ts';
import type { CandidateScore, ScoredCandidate } from './score-candidates.ts';
import { describeRows } from './training-span.ts';

/** Searches a strategy's parameters on the fit span and proposes the best set. */
export function run(
  context: JobContext<typeof SEARCH_JOB>,
  program: ProgramFacts,
): Promise<RetrainResult> {
  const { parts, ...input } = context.input;
  const bars = readBars(context.readText(BARS_FILE));
  const plan = planSearch(input, bars);
  const origin = originOf(program.sourceHashes(), plan.strategy.id, SEARCH_JOB);
  const scores =
    parts === undefined ? scoreAll(plan) : readParts(context, parts, plan.scoring, origin);
  const result = propose(plan, scores, { bars, origin });
  context.log(
    `tried ${counted(result.trials, 'parameter set')} on ${counted(result.fit.bars, 'bar')}; best ${JSON.stringify(result.parameters)}`,
  );
  return Promise.resolve(result);
}

/**
 * The whole search: a pure function of its arguments.
 *
 * @throws as `planSearch`.
 */
export function searchParameters(
  input: RetrainInput,
  bars: readonly Bar[],
  hashes: SourceHashes,
): RetrainResult {
  const plan = planSearch(input, bars);
  const origin = originOf(hashes, plan.strategy.id, SEARCH_JOB);
  return propose(plan, scoreAll(plan), { bars, origin });
}

function scoreAll({ scoring }: SearchPlan): CandidateScore[] {
  return scoreCandidates(scoring, { from: 0, to: scoring.candidates.length });
}

function propose(
  { strategy, scoring, holdout }: SearchPlan,
  scores: readonly CandidateScore[],
  { bars, origin }: { readonly bars: readonly Bar[]; readonly origin: ScoredPart['origin'] },
): RetrainResult {
  const candidates = scoring.candidates.map((candidate) => strategy.bind(candidate).parameters);
  const ranked = rankCandidates(candidates, scores);
  const best = strategy.bind((ranked[0] as ScoredCandidate).parameters);
  return {
    parameters: best.parameters,
    featureSpec: best.featureSpec,
    labelHorizonBars: LABEL_HORIZON_BARS,
    modelSha256: null,
    trials: scoring.candidates.length,
    fit: describeRows(bars, scoring.fit),
    holdout: describeRows(bars, holdout),
    evidence: evidenceOf(ranked),
    ...origin,
  };
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
