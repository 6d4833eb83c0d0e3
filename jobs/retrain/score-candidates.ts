import type { BarSeries } from '../../engine/bar-series.ts';
import { returnsOf } from '../../engine/metrics.ts';
import { contiguousFolds, type RowRange } from '../../engine/splits.ts';
import { sharpeOf } from '../../engine/statistics/ratios.ts';
import { openAccount } from '../../engine/walk.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import type { CostModel } from '../../schemas/settings.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { walkStrategy } from '../host/walk-strategy.ts';
import { compareParameters } from './candidates.ts';

export interface ScoreCandidatesInput {
  readonly strategy: Strategy;
  readonly candidates: readonly ParameterSet[];
  readonly bars: readonly Bar[];
  /** Columns of the same bars; remembers indicators that candidates share. */
  readonly series: BarSeries;
  readonly fit: RowRange;
  readonly folds: number;
  readonly costModel: CostModel;
}

/** How one candidate did. */
export interface CandidateScore {
  /** Place in the order of drawing, from 0. */
  readonly order: number;
  /** Sharpe ratio of each fold, net of costs. */
  readonly foldScores: readonly number[];
  /** Sharpe ratio over the whole fit span; null when it never traded. */
  readonly sharpe: number | null;
  readonly roundTrips: number;
}

export interface ScoredCandidate extends CandidateScore {
  readonly parameters: ParameterSet;
  /** Median of the folds. */
  readonly score: number;
}

/** Returns and Sharpe ratios do not depend on it. */
const CASH = 1_000_000;

/** Orders of candidates are never read, so they need no release. */
const NO_RELEASE = '0'.repeat(64);

/** Walks the candidates from `from` to before `to` once over the fit span. */
export function scoreCandidates(
  input: ScoreCandidatesInput,
  { from, to }: RowRange,
): CandidateScore[] {
  return input.candidates
    .slice(from, to)
    .map((parameters, index) => scoreCandidate(input, parameters, from + index));
}

/**
 * Ranks candidates by the median of their folds: greatest first, equal ones in the order of their
 * parameter values. The median makes one lucky stretch count for little.
 */
export function rankCandidates(
  candidates: readonly ParameterSet[],
  scores: readonly CandidateScore[],
): ScoredCandidate[] {
  const scored = scores.map((score) => ({
    ...score,
    parameters: candidates[score.order] as ParameterSet,
    score: medianOf(score.foldScores),
  }));
  return scored.sort(
    (left, right) =>
      right.score - left.score || compareParameters(left.parameters, right.parameters),
  );
}

function scoreCandidate(
  { strategy, bars, series, fit, folds, costModel }: ScoreCandidatesInput,
  parameters: ParameterSet,
  order: number,
): CandidateScore {
  const bound = strategy.bind(parameters);
  const walked = walkStrategy({
    bars,
    span: { fromIndex: fit.from, toIndex: fit.to },
    strategy: bound,
    decideAt: bound.prepare(series),
    firstDecision: bound.warmUpBars,
    predictions: null,
    releaseId: NO_RELEASE,
    account: openAccount(CASH),
    costModel,
  });
  const returns = returnsOf(walked.equity, CASH);
  const rows = { from: 0, to: returns.length };
  const foldScores = contiguousFolds(rows, folds).map(
    // A fold out of the market has no Sharpe ratio: it earned nothing and risked nothing.
    ({ from, to }) => sharpeOf(returns.slice(from, to)) ?? 0,
  );
  return {
    order,
    foldScores,
    sharpe: sharpeOf(returns),
    roundTrips: walked.fills.filter((fill) => fill.side === 'sell').length,
  };
}

/** Middle value, or the mean of the two middle ones. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)] as number;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] as number;
  return (lower + upper) / 2;
}
