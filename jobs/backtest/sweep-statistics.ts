import { backtestOverfitting } from '../../engine/statistics/backtest-overfitting.ts';
import {
  deflatedSharpeOf,
  expectedMaximumSharpe,
} from '../../engine/statistics/deflated-sharpe.ts';
import { BARS_PER_YEAR } from '../../engine/statistics/returns.ts';
import { fillReturns } from '../../engine/sweep/fill-returns.ts';
import type { SweepRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { sweepJob, type SweptSets } from './sweep.ts';
import { eventFigures, seriesOf } from './sweep-steps.ts';

/** What a search over many parameter sets says about its winner. */
export interface SweepStatistics {
  readonly trials: number;
  /** Annual Sharpe ratio that the best of so many trials without any skill is expected to show. */
  readonly luckySharpe: number;
  /** The best sets by final equity, best first. */
  readonly best: readonly BestSet[];
  /** Probability of back-test overfitting; null where the bars or the sets are too few for it. */
  readonly overfitting: {
    readonly pbo: number;
    readonly sets: number;
    readonly bars: number;
  } | null;
}

export interface BestSet {
  /** Place among the sets of the file. */
  readonly set: number;
  /** Annual; null where undefined. */
  readonly sharpe: number | null;
  /** Probability that the true Sharpe ratio is above what luck would show; null where undefined. */
  readonly deflatedSharpe: number | null;
}

/** Sets that the page lists. */
const BEST_MAX = 20;
/** Sets that overfitting is judged on: 12,870 choices of blocks rank each of them twice. */
const PBO_SETS_MAX = 100;
/** Returns that are kept for it at most: 160 MB. */
const PBO_VALUES_MAX = 20_000_000;
const PBO_BLOCKS = 16;
/** Bars of a block without which a Sharpe ratio says nothing. */
const BLOCK_BARS_MIN = 10;

/**
 * Deflated Sharpe ratios of the best sets, and the probability that picking the best is overfitting.
 * A set whose ratio is undefined, because it never traded, counts as a trial with a ratio of 0.
 * Overfitting is judged on at most 100 sets, taken evenly from the whole file, from the first bar on
 * which all of them may decide.
 *
 * @param swept with the Sharpe ratios of all sets.
 */
export async function sweepStatistics(
  request: SweepRequest,
  strategy: Strategy,
  bars: readonly Bar[],
  { rows, sharpes }: SweptSets,
): Promise<SweepStatistics> {
  const trialSharpes = (sharpes ?? []).map((sharpe) => sharpe ?? 0);
  const ranked = rows
    .map(({ finalEquity }, set) => ({ finalEquity, set }))
    .sort((one, other) => other.finalEquity - one.finalEquity)
    .slice(0, BEST_MAX)
    .map(({ set }) => set);
  const sampled = evenly(
    rows.length,
    Math.min(PBO_SETS_MAX, Math.floor(PBO_VALUES_MAX / bars.length)),
  );
  const chosen = [...new Set([...ranked, ...sampled])];
  const sets = chosen.map((set) => rows[set]?.params);
  const { returns, firstDecision } = await returnsOfSets(request, strategy, bars, sets);
  const returnsAt = (set: number): readonly number[] => returns[chosen.indexOf(set)] ?? [];
  const root = Math.sqrt(BARS_PER_YEAR);
  return {
    trials: rows.length,
    luckySharpe: trialSharpes.length === 0 ? 0 : expectedMaximumSharpe(trialSharpes) * root,
    best: ranked.map((set) => {
      const sharpe = sharpes?.[set] ?? null;
      return {
        set,
        sharpe: sharpe === null ? null : sharpe * root,
        deflatedSharpe: sharpe === null ? null : deflatedSharpeOf(returnsAt(set), trialSharpes),
      };
    }),
    overfitting: overfittingOf(sampled.map(returnsAt), firstDecision),
  };
}

/** So many of the places 0 to `length` - 1, evenly spread; all of them when they are fewer. */
function evenly(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, at) => Math.floor((at * length) / count));
}

function overfittingOf(
  columns: readonly (readonly number[])[],
  firstDecision: number,
): SweepStatistics['overfitting'] {
  const traded = (columns[0]?.length ?? 0) - firstDecision;
  const rows = traded - (traded % PBO_BLOCKS);
  if (columns.length < 2 || rows < PBO_BLOCKS * BLOCK_BARS_MIN) return null;
  const { pbo } = backtestOverfitting(
    columns.map((column) => column.slice(-rows)),
    PBO_BLOCKS,
  );
  return { pbo, sets: columns.length, bars: rows };
}

/** Returns of some parameter sets, and the first bar on which all of them may decide. */
async function returnsOfSets(
  request: SweepRequest,
  strategy: Strategy,
  bars: readonly Bar[],
  sets: readonly unknown[],
): Promise<{ returns: (readonly number[])[]; firstDecision: number }> {
  if (sets.length === 0) return { returns: [], firstDecision: 0 };
  const job = await sweepJob(request, strategy, bars, sets, { withKernel: false });
  if (job.kind !== 'events') throw new Error('a sweep without its kernel must run bar by bar');
  const series = seriesOf(job);
  const returns = sets.map((_, at) => {
    const told = fillReturns(job);
    const own: (readonly number[])[] = [];
    const onReturns = (found: readonly number[]): void => {
      own.push(found);
    };
    eventFigures(job, at, strategy, series, { onFill: told.onFill, onReturns });
    return own[0] ?? told.returns();
  });
  return { returns, firstDecision: Math.max(...job.firstDecisions) };
}
