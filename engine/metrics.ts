import type { Metrics } from '../schemas/metrics.ts';
import type { EquityPoint, Fill } from '../schemas/trading.ts';
import { PreconditionError } from './precondition.ts';
import { drawdownOf } from './statistics/drawdown.ts';
import { annualGrowth, calmarOf } from './statistics/growth.ts';
import { sharpeOf, sortinoOf } from './statistics/ratios.ts';
import { BARS_PER_YEAR, mean, returnsOf, standardDeviation, sum } from './statistics/returns.ts';
import { roundTripGains } from './statistics/round-trips.ts';

export { returnsOf } from './statistics/returns.ts';

export interface Measured {
  /** The account marked at each close, oldest first. */
  readonly equity: readonly EquityPoint[];
  /** What was traded on those bars, in the order of execution. */
  readonly fills: readonly Fill[];
  /** Account value before the first bar, in account currency, > 0. */
  readonly initialEquity: number;
}

/**
 * All figures of one equity curve. Definitions and sources are in docs/statistics.md; a year has
 * 252 bars.
 *
 * @throws {PreconditionError} when the initial equity, or an equity that a return is divided by, is not
 *   finite and > 0.
 */
export function measure({ equity, fills, initialEquity }: Measured): Metrics {
  if (!Number.isFinite(initialEquity) || initialEquity <= 0) {
    throw new PreconditionError(
      `initialEquity must be finite and > 0, was ${String(initialEquity)}`,
    );
  }
  const returns = returnsOf(equity, initialEquity);
  const deviation = standardDeviation(returns);
  const growth = (equity.at(-1)?.equity ?? initialEquity) / initialEquity;
  const annualReturn = annualGrowth(growth, returns.length);
  const drawdown = drawdownOf(equity, initialEquity);
  const gains = roundTripGains(equity, fills, initialEquity);
  return {
    bars: returns.length,
    totalReturn: growth - 1,
    annualReturn,
    volatility: deviation === null ? null : deviation * Math.sqrt(BARS_PER_YEAR),
    sharpe: sharpeOf(returns),
    sortino: sortinoOf(returns),
    drawdownMax: drawdown.max,
    drawdownBarsMax: drawdown.barsMax,
    calmar: calmarOf(annualReturn, drawdown.max),
    turnover: turnoverOf(equity, fills),
    hitRate: gains.length === 0 ? null : gains.filter((gain) => gain > 0).length / gains.length,
    roundTrips: gains.length,
    exposure: mean(equity.map(shareHeld)),
    costs: sum(fills.map((fill) => fill.fee + fill.slippage)),
  };
}

/** Share of equity in the instrument; an account of 0 holds nothing. */
function shareHeld(point: EquityPoint): number {
  return point.equity === 0 ? 0 : (point.units * point.close) / point.equity;
}

/** Traded notional per year over mean equity; 0 without bars. */
function turnoverOf(equity: readonly EquityPoint[], fills: readonly Fill[]): number {
  if (equity.length === 0) {
    return 0;
  }
  const notional = sum(fills.map((fill) => fill.units * fill.price));
  const years = equity.length / BARS_PER_YEAR;
  return notional / years / mean(equity.map((point) => point.equity));
}
