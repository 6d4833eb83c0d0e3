import type { Metrics } from '../schemas/metrics.ts';
import type { EquityPoint, Fill } from '../schemas/trading.ts';
import { PreconditionError } from './precondition.ts';
import { columnDrawdown } from './statistics/drawdown.ts';
import { annualGrowth, calmarOf } from './statistics/growth.ts';
import { sharpeOf, sortinoOf } from './statistics/ratios.ts';
import { BARS_PER_YEAR, mean, returnColumn, standardDeviation } from './statistics/returns.ts';
import { roundTripGains, type FirstClose } from './statistics/round-trips.ts';
import type { Walk } from './walk.ts';

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
  return figuresOf({
    equity: Float64Array.from(equity, (point) => point.equity),
    exposure: mean(equity.map((point) => shareHeld(point.equity, point.units * point.close))),
    first: equity[0],
    fills,
    initialEquity,
  });
}

/**
 * All figures of a whole walk, as `measure` gives them, from the columns of its log.
 *
 * @param close of the whole series.
 * @throws {PreconditionError} as `measure` does.
 */
export function measureWalk(
  { log, units, fills }: Walk,
  { close, time }: { readonly close: Float64Array; readonly time: readonly string[] },
  initialEquity: number,
): Metrics {
  const { equity, fromIndex } = log;
  let held = 0;
  for (let at = 0; at < log.bars; at += 1) {
    const value = (units[at] as number) * (close[fromIndex + at] as number);
    held += shareHeld(equity[at] as number, value);
  }
  const exposure = log.bars === 0 ? 0 : held / log.bars;
  const first = log.bars === 0 ? undefined : { time: time[fromIndex] as string, ...log.firstClose };
  return figuresOf({ equity, exposure, first, fills, initialEquity });
}

/** One record as columns: a row a bar, oldest first. */
interface Figures {
  readonly equity: Float64Array;
  /** Mean share of equity in the instrument at a close. */
  readonly exposure: number;
  readonly first: FirstClose | undefined;
  readonly fills: readonly Fill[];
  readonly initialEquity: number;
}

function figuresOf({ equity, exposure, first, fills, initialEquity }: Figures): Metrics {
  if (!Number.isFinite(initialEquity) || initialEquity <= 0) {
    throw new PreconditionError(
      `initialEquity must be finite and > 0, was ${String(initialEquity)}`,
    );
  }
  const returns = returnColumn(equity, initialEquity);
  const deviation = standardDeviation(returns);
  const growth = (equity.at(-1) ?? initialEquity) / initialEquity;
  const annualReturn = annualGrowth(growth, returns.length);
  const drawdown = columnDrawdown(equity, initialEquity);
  const gains = roundTripGains(first, fills, initialEquity);
  const { notional, costs } = tradedBy(fills);
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
    turnover: turnoverOf(equity, notional),
    hitRate: gains.length === 0 ? null : gains.filter((gain) => gain > 0).length / gains.length,
    roundTrips: gains.length,
    exposure,
    costs,
  };
}

/** Share of equity in the instrument; an account of 0 holds nothing. */
function shareHeld(equity: number, value: number): number {
  return equity === 0 ? 0 : value / equity;
}

/** Sums over all fills, in their order. */
function tradedBy(fills: readonly Fill[]): { notional: number; costs: number } {
  let notional = 0;
  let costs = 0;
  for (const fill of fills) {
    notional += fill.units * fill.price;
    costs += fill.fee + fill.slippage;
  }
  return { notional, costs };
}

/** Traded notional per year over mean equity; 0 without bars. */
function turnoverOf(equity: Float64Array, notional: number): number {
  if (equity.length === 0) {
    return 0;
  }
  const years = equity.length / BARS_PER_YEAR;
  return notional / years / mean(equity);
}
