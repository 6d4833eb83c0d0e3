import { barSeries, type BarSeries } from '../../engine/bar-series.ts';
import { featureColumns } from '../../engine/features.ts';
import type { FuturesTerms } from '../../engine/futures/futures-ledger.ts';
import { openAccount } from '../../engine/walk.ts';
import type { BoundStrategy } from '../../strategies/strategy.ts';
import { walkFuturesStrategy } from '../host/walk-futures-strategy.ts';
import { walkStrategy } from '../host/walk-strategy.ts';
import type { Run, RunRow } from './look-ahead.ts';
import { INITIAL_CASH } from '../../schemas/initial-cash.ts';

const COST_MODEL = { feeBps: 1, halfSpreadBps: 1 };

/** No release is walked; the engine wants an id to stamp. */
const RELEASE_ID = '0'.repeat(64);

/** First bar that a strategy may decide on: its own columns and its model's inputs are defined. */
export function firstDecisionOf(strategy: BoundStrategy): number {
  return Math.max(strategy.warmUpBars, strategy.featureSpec.warmUpBars);
}

/**
 * A strategy walked by the engine, for checks: what it computes, what it decides, and the target that
 * is in force over the move into each bar.
 */
export function strategyRun(strategy: BoundStrategy): Run {
  const { futures } = strategy;
  return (bars, lastRow = bars.length - 1) => {
    const series = barSeries(bars);
    const columns = Object.values(strategy.columns(series));
    const rows =
      futures === null
        ? shareRows(strategy, series, lastRow + 1)
        : futuresRows(strategy, futures, series);
    return rows.map(({ decided, inForce }, row): RunRow => ({
      inForce,
      // Written when it is asked for: a check walks all rows and compares one of them.
      get decided() {
        return JSON.stringify([...decided, columns.map((column) => column[row])]);
      },
    }));
  };
}

interface WalkedRow {
  readonly decided: readonly unknown[];
  readonly inForce: number;
}

/**
 * The walk ends before `toIndex`: what comes after it is compared with nothing, and over thousands of
 * bars of a made-up future an account grows beyond all numbers.
 */
function shareRows(
  strategy: BoundStrategy,
  series: BarSeries,
  toIndex: number,
): readonly WalkedRow[] {
  const { decisions, orders, fills } = walkStrategy({
    bars: series,
    span: { fromIndex: 0, toIndex },
    strategy,
    decideAt: strategy.prepare(series),
    firstDecision: firstDecisionOf(strategy),
    predictions: standInPredictions(strategy, series),
    releaseId: RELEASE_ID,
    account: openAccount(INITIAL_CASH),
    costModel: COST_MODEL,
  });
  const targets = new Map(orders.map(({ orderId, target }) => [orderId, target]));
  const filled = new Map(fills.map(({ time, orderId }) => [time, targets.get(orderId) ?? 0]));
  let inForce = 0;
  return decisions.map(({ time, forecast, prediction, target }) => {
    inForce = filled.get(time) ?? inForce;
    return { decided: [forecast, prediction, target], inForce };
  });
}

function futuresRows(
  strategy: BoundStrategy,
  terms: FuturesTerms,
  series: BarSeries,
): readonly WalkedRow[] {
  const { decisions, equity } = walkFuturesStrategy({
    series,
    strategy,
    terms,
    decideAt: strategy.prepare(series),
    firstDecision: firstDecisionOf(strategy),
    predictions: standInPredictions(strategy, series),
    costModel: COST_MODEL,
  });
  return decisions.map(({ forecast, prediction, target }, row) => ({
    decided: [forecast, prediction, target],
    inForce: equity[row]?.contracts ?? 0,
  }));
}

/**
 * Stand-in for a model: any function of a row's features does, as long as it shows when one of them
 * changes. Null for strategies without a model.
 */
export function standInPredictions(
  strategy: BoundStrategy,
  series: BarSeries,
): Float64Array | null {
  const { names } = strategy.featureSpec;
  if (names.length === 0) {
    return null;
  }
  const columns = featureColumns(series, names);
  return Float64Array.from({ length: series.length }, (_, row) => {
    const sum = columns.reduce(
      (total, column, at) => total + (column[row] as number) / (at + 1),
      0,
    );
    return 1 / (1 + Math.exp(-sum));
  });
}
