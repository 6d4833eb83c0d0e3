import type { BarSeries } from '../../engine/bar-series.ts';
import type { FuturesTerms } from '../../engine/futures/futures-ledger.ts';
import type { FuturesWalk } from '../../engine/futures/walk-futures.ts';
import type { BoundStrategy } from '../../strategies/strategy.ts';
import { indicatorRows, type Backtest } from './backtest-document.ts';
import { futuresMetrics } from './futures-metrics.ts';
import { futuresTrades } from './futures-trades.ts';
import type { PreparedBacktest } from './walk-backtest.ts';

/** Columns that are forecasts of single rules, as strategies name them. */
const RULE = 'rule:';

/** The document of a back-test on a futures account whose bars have all been walked. */
export function futuresDocument(
  { request, series, bound }: PreparedBacktest,
  terms: FuturesTerms,
  walked: FuturesWalk,
): Backtest {
  const { include } = request;
  const trades = futuresTrades(walked, terms);
  const metrics = futuresMetrics(walked, trades, terms);
  return {
    bars: series.length,
    trades,
    finalEquity: walked.account.equity,
    maxDrawdown: metrics.drawdownMax,
    metrics,
    ...(include.includes('indicators') && { indicators: indicatorRows(series, bound) }),
    ...(include.includes('forecasts') && { forecasts: forecastRows(series, bound, walked) }),
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
