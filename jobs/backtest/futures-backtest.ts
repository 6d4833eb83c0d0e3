import type { BarSeries } from '../../engine/bar-series.ts';
import type { FuturesTerms } from '../../engine/futures/futures-ledger.ts';
import type { FuturesWalk } from '../../engine/futures/walk-futures.ts';
import type { BacktestRequest } from '../../schemas/backtest.ts';
import type { BoundStrategy } from '../../strategies/strategy.ts';
import { walkFuturesStrategy } from '../host/walk-futures-strategy.ts';
import { indicatorRows, type Backtest } from './backtest-document.ts';
import { futuresMetrics } from './futures-metrics.ts';
import { futuresTrades } from './futures-trades.ts';

/** Columns that are forecasts of single rules, as strategies name them. */
const RULE = 'rule:';

interface FuturesBacktestInput {
  readonly request: BacktestRequest;
  /** Checked: its answers are numbers in range. */
  readonly strategy: BoundStrategy;
  readonly terms: FuturesTerms;
  readonly series: BarSeries;
  readonly firstDecision: number;
  readonly predictions: Float64Array | null;
}

/** Back-tests a strategy on a futures account: signed contracts, a fixed capital. */
export function futuresBacktest(input: FuturesBacktestInput): Backtest {
  const { request, strategy, terms, series, firstDecision, predictions } = input;
  const { include, costModel } = request;
  const walked = walkFuturesStrategy({
    series,
    strategy,
    terms,
    decideAt: strategy.prepare(series),
    firstDecision,
    predictions,
    costModel,
  });
  const trades = futuresTrades(walked, terms);
  const metrics = futuresMetrics(walked, trades, terms);
  return {
    bars: series.length,
    trades,
    finalEquity: walked.account.equity,
    maxDrawdown: metrics.drawdownMax,
    metrics,
    ...(include.includes('indicators') && { indicators: indicatorRows(series, strategy) }),
    ...(include.includes('forecasts') && { forecasts: forecastRows(series, strategy, walked) }),
    ...(include.includes('equity') && {
      equity: walked.equity.map(({ time, equity }, index) => ({ index, time, equity })),
    }),
  };
}

/** `held` is what is wanted at the row's close, and is filled on the next bar. */
function forecastRows(
  series: BarSeries,
  strategy: BoundStrategy,
  { decisions }: FuturesWalk,
): object[] {
  const columns = strategy.columns(series);
  const rules = Object.keys(columns).filter((name) => name.startsWith(RULE));
  return decisions.map(({ index, time, forecast, target }) => ({
    index,
    time,
    byRule: Object.fromEntries(
      rules.map((name) => [name.slice(RULE.length), numberOrNull(columns[name]?.[index])]),
    ),
    combined: numberOrNull(columns['combined']?.[index] ?? forecast),
    position: numberOrNull(columns['position']?.[index]),
    held: target,
  }));
}

function numberOrNull(value: number | null | undefined): number | null {
  return value === undefined || value === null || Number.isNaN(value) ? null : value;
}
