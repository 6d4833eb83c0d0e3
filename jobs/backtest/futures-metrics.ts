import type { FuturesTerms } from '../../engine/futures/futures-ledger.ts';
import type { FuturesWalk } from '../../engine/futures/walk-futures.ts';
import { drawdownOf } from '../../engine/statistics/drawdown.ts';
import { calmarOf } from '../../engine/statistics/growth.ts';
import { sharpeOf, sortinoOf } from '../../engine/statistics/ratios.ts';
import { BARS_PER_YEAR, mean, standardDeviation, sum } from '../../engine/statistics/returns.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import type { FuturesTrade } from './futures-trades.ts';

/**
 * Figures of a futures account. Its capital is fixed, so a bar's return is its gain over the capital and
 * a year's the mean times 252: nothing compounds, and equity may fall below 0. Drawdown is a fraction of
 * the peak of equity, as everywhere.
 */
export function futuresMetrics(
  { equity, fills }: FuturesWalk,
  trades: readonly FuturesTrade[],
  { capital, pointValue, fxRate }: FuturesTerms,
): Metrics {
  const pointCash = pointValue * fxRate;
  const returns = futuresReturns(equity, { capital });
  const deviation = standardDeviation(returns);
  const annualReturn = returns.length === 0 ? null : mean(returns) * BARS_PER_YEAR;
  const drawdown = drawdownOf(equity, capital);
  const closed = trades.filter(({ exitIndex }) => exitIndex !== null);
  const gained = closed.filter((trade) => trade.return > 0);
  const notional = sum(fills.map(({ contracts, price }) => Math.abs(contracts) * price));
  const years = equity.length / BARS_PER_YEAR;
  return {
    bars: returns.length,
    totalReturn: ((equity.at(-1)?.equity ?? capital) - capital) / capital,
    annualReturn,
    volatility: deviation === null ? null : deviation * Math.sqrt(BARS_PER_YEAR),
    sharpe: sharpeOf(returns),
    sortino: sortinoOf(returns),
    drawdownMax: drawdown.max,
    drawdownBarsMax: drawdown.barsMax,
    calmar: calmarOf(annualReturn, drawdown.max),
    turnover: equity.length === 0 ? 0 : (notional * pointCash) / capital / years,
    hitRate: closed.length === 0 ? null : gained.length / closed.length,
    roundTrips: closed.length,
    exposure: mean(equity.map(({ contracts, close }) => (contracts * close * pointCash) / capital)),
    costs: sum(fills.map(({ fee, slippage }) => fee + slippage)),
  };
}

/** Each bar's gain over the fixed capital. */
export function futuresReturns(
  equity: FuturesWalk['equity'],
  { capital }: Pick<FuturesTerms, 'capital'>,
): number[] {
  return equity.map((point, t) => (point.equity - (equity[t - 1]?.equity ?? capital)) / capital);
}
