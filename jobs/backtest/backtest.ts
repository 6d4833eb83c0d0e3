import type { BarColumns } from '../../engine/bar-series.ts';
import { measure, measureWalk } from '../../engine/metrics.ts';
import type { Walk } from '../../engine/walk.ts';
import type { BacktestRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { indicatorRows, type Backtest } from './backtest-document.ts';
import { futuresDocument } from './futures-backtest.ts';
import { tradesOf, tradesOfFills } from './trades.ts';
import {
  prepareBacktest,
  walkBacktest,
  walkFuturesBacktest,
  type PreparedBacktest,
} from './walk-backtest.ts';

/** What happened on every bar, whether in one walk or put together of several. */
export type WalkRecords = Pick<Walk, 'decisions' | 'equity' | 'fills' | 'account'>;

/**
 * Walks a strategy over all bars, from a flat account: the same engine that trades releases.
 *
 * @throws {BadInputError} for wrong input, and for a strategy that throws or answers nonsense.
 * @throws {SettingsError} when the parameters break the strategy's schema.
 */
export async function runBacktest(
  request: BacktestRequest,
  strategy: Strategy,
  bars: readonly Bar[] | BarColumns,
): Promise<Backtest> {
  const prepared = prepareBacktest(request, strategy, bars);
  const { futures } = prepared.bound;
  return futures === null
    ? walkDocument(prepared, await walkBacktest(prepared))
    : futuresDocument(prepared, futures, await walkFuturesBacktest(prepared, futures));
}

/** The document of one walk over all bars, from its columns. */
export function walkDocument(prepared: PreparedBacktest, walked: Walk): Backtest {
  const { series, request } = prepared;
  const trades = tradesOf(series, walked.log.fills);
  const metrics = measureWalk(walked, series, request.initialCash);
  return documentOf(prepared, { records: walked, trades, metrics });
}

/** The same document from records, where there is no one walk. */
export function recordsDocument(prepared: PreparedBacktest, records: WalkRecords): Backtest {
  const { series, request } = prepared;
  const { equity, fills } = records;
  const trades = tradesOfFills(series, fills);
  const metrics = measure({ equity, fills, initialEquity: request.initialCash });
  return documentOf(prepared, { records, trades, metrics });
}

interface Found {
  readonly records: WalkRecords;
  readonly trades: Backtest['trades'];
  readonly metrics: Metrics;
}

function documentOf(
  { request, series, bound }: PreparedBacktest,
  { records, trades, metrics }: Found,
): Backtest {
  const { include } = request;
  return {
    bars: series.length,
    trades,
    finalEquity: records.account.equity,
    maxDrawdown: metrics.drawdownMax,
    metrics,
    ...(include.includes('indicators') && { indicators: indicatorRows(series, bound) }),
    ...(include.includes('forecasts') && { forecasts: forecastRows(records) }),
    ...(include.includes('equity') && { equity: equityRows(records) }),
  };
}

/** Records of each bar are made only where they are asked for. */
function forecastRows({ decisions, equity }: WalkRecords): object[] {
  return decisions.map(({ time, forecast, target }, index) => ({
    index,
    time,
    byRule: {},
    combined: forecast,
    position: forecast === null ? null : target,
    held: equity[index]?.units ?? 0,
  }));
}

function equityRows({ equity }: WalkRecords): object[] {
  return equity.map(({ time, equity: value }, index) => ({ index, time, equity: value }));
}
