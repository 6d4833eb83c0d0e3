import { barSeries, type BarColumns, type BarSeries } from '../../engine/bar-series.ts';
import { measureWalk } from '../../engine/metrics.ts';
import { openAccount, type Walk } from '../../engine/walk.ts';
import type { BacktestPart, BacktestRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';
import { walkStrategy } from '../host/walk-strategy.ts';
import { indicatorRows, type Backtest } from './backtest-document.ts';
import { checkedStrategy } from './checked-strategy.ts';
import { checkAccountOptions } from './account-options.ts';
import { firstDecisionOf } from './first-decision.ts';
import { futuresBacktest } from './futures-backtest.ts';
import { loadPredictions } from './load-predictions.ts';
import { bindParameters, parseJson } from './parameters.ts';
import { tradesOf } from './trades.ts';

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
  bars: readonly Bar[] | BarColumns,
): Promise<Backtest> {
  const given = parseJson(request.parameters, '--params');
  const bound = bindParameters(strategy, given, '--params');
  const firstDecision = firstDecisionOf(request, bound, bars.length);
  const series = barSeries(bars);
  checkAccountOptions(request, bound, series);
  const place = { strategyId: strategy.id, time: series.time };
  const checked = checkedStrategy(bound, place, request.sizing);
  const predictions = await loadPredictions(request, bound, series, firstDecision);
  if (bound.futures !== null) {
    const terms = bound.futures;
    return futuresBacktest({
      request,
      strategy: checked,
      terms,
      series,
      firstDecision,
      predictions,
    });
  }
  const walked = walkStrategy({
    bars: series,
    span: { fromIndex: 0, toIndex: bars.length },
    strategy: checked,
    decideAt: checked.prepare(series),
    firstDecision,
    predictions,
    releaseId: NO_RELEASE,
    account: openAccount(request.initialCash),
    costModel: request.costModel,
  });
  const metrics = measureWalk(walked, series, request.initialCash);
  return {
    bars: bars.length,
    trades: tradesOf(series, walked.log.fills),
    finalEquity: walked.account.equity,
    maxDrawdown: metrics.drawdownMax,
    metrics,
    ...partsOf(request.include, { series, bound: checked, walked }),
  };
}

interface PartsInput {
  readonly series: BarSeries;
  readonly bound: BoundStrategy;
  readonly walked: Walk;
}

/** Records of each bar are made only where they are asked for. */
function partsOf(include: readonly BacktestPart[], input: PartsInput): Partial<Backtest> {
  const { walked } = input;
  return {
    ...(include.includes('indicators') && { indicators: indicatorRows(input.series, input.bound) }),
    ...(include.includes('forecasts') && {
      forecasts: walked.decisions.map(({ time, forecast, target }, index) => ({
        index,
        time,
        byRule: {},
        combined: forecast,
        position: forecast === null ? null : target,
        held: walked.units[index] ?? 0,
      })),
    }),
    ...(include.includes('equity') && {
      equity: walked.equity.map(({ time, equity }, index) => ({ index, time, equity })),
    }),
  };
}
