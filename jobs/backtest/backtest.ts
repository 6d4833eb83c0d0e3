import { barSeries, type BarSeries } from '../../engine/bar-series.ts';
import { measure } from '../../engine/metrics.ts';
import { drawdownOf } from '../../engine/statistics/drawdown.ts';
import { openAccount, type Walk } from '../../engine/walk.ts';
import type { BacktestPart, BacktestRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';
import { walkStrategy } from '../host/walk-strategy.ts';
import { checkedStrategy } from './checked-strategy.ts';
import { firstDecisionOf } from './first-decision.ts';
import { loadPredictions } from './load-predictions.ts';
import { bindParameters, parseJson } from './parameters.ts';
import { tradesOf, type Trade } from './trades.ts';

/** A row of a strategy's own columns: numbers by name, null where not defined yet. */
type IndicatorRow = Readonly<Record<string, number | null>>;

/** What `strategy-loop backtest --json` prints. Amounts in account currency. */
export interface Backtest {
  readonly bars: number;
  readonly trades: readonly Trade[];
  /** The account marked at the last close. */
  readonly finalEquity: number;
  /** Largest fall of close-marked equity, as a fraction of the peak; the starting cash is a peak. */
  readonly maxDrawdown: number;
  readonly metrics: Metrics;
  readonly indicators?: readonly IndicatorRow[];
  readonly forecasts?: readonly object[];
  readonly equity?: readonly object[];
}

/** The part of a walk that gives orders their release; a back-test has none. */
const NO_RELEASE = '0'.repeat(64);

/**
 * Walks a strategy over all bars, from a flat account: the same engine that trades releases.
 *
 * @throws {BadInputError} for wrong input, and for a strategy that throws or answers nonsense.
 * @throws {SettingsError} when the parameters break the strategy's schema.
 */
export async function runBacktest(
  request: BacktestRequest,
  strategy: Strategy,
  bars: readonly Bar[],
): Promise<Backtest> {
  const given = parseJson(request.parameters, '--params');
  const bound = bindParameters(strategy, given, '--params');
  const firstDecision = firstDecisionOf(request, bound, bars.length);
  const series = barSeries(bars);
  const place = { strategyId: strategy.id, time: series.time };
  const checked = checkedStrategy(bound, place, request.sizing);
  const walked = walkStrategy({
    bars,
    span: { fromIndex: 0, toIndex: bars.length },
    strategy: checked,
    decideAt: checked.prepare(series),
    firstDecision,
    predictions: await loadPredictions(request, bound, series, firstDecision),
    releaseId: NO_RELEASE,
    account: openAccount(request.initialCash),
    costModel: request.costModel,
  });
  const initialEquity = request.initialCash;
  return {
    bars: bars.length,
    trades: tradesOf(bars, walked.fills),
    finalEquity: walked.account.equity,
    maxDrawdown: drawdownOf(walked.equity, initialEquity).max,
    metrics: measure({ equity: walked.equity, fills: walked.fills, initialEquity }),
    ...partsOf(request.include, { series, bound: checked, walked }),
  };
}

interface PartsInput {
  readonly series: BarSeries;
  readonly bound: BoundStrategy;
  readonly walked: Walk;
}

function partsOf(include: readonly BacktestPart[], input: PartsInput): Partial<Backtest> {
  const { equity, decisions } = input.walked;
  return {
    ...(include.includes('indicators') && { indicators: indicatorRows(input) }),
    ...(include.includes('forecasts') && {
      forecasts: decisions.map(({ time, forecast, target }, index) => ({
        index,
        time,
        byRule: {},
        combined: forecast,
        position: forecast === null ? null : target,
        held: equity[index]?.units ?? 0,
      })),
    }),
    ...(include.includes('equity') && {
      equity: equity.map((point, index) => ({ index, time: point.time, equity: point.equity })),
    }),
  };
}

function indicatorRows({ series, bound }: PartsInput): IndicatorRow[] {
  const columns = Object.entries(bound.columns(series));
  return series.time.map((_, index) => {
    const row: Record<string, number | null> = { index };
    for (const [name, column] of columns) {
      const value = column[index];
      row[name] = value === undefined || Number.isNaN(value) ? null : value;
    }
    return row;
  });
}
