import { barSeries, type BarColumns, type BarSeries } from '../../engine/bar-series.ts';
import type { FuturesAccount, FuturesWalk } from '../../engine/futures/walk-futures.ts';
import type { FuturesTerms } from '../../engine/futures/futures-ledger.ts';
import { openAccount, type IndexSpan, type Walk } from '../../engine/walk.ts';
import type { BacktestRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { AccountState } from '../../schemas/trading.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';
import { walkFuturesStrategy } from '../host/walk-futures-strategy.ts';
import { walkStrategy } from '../host/walk-strategy.ts';
import { checkAccountOptions } from './account-options.ts';
import { checkedStrategy } from './checked-strategy.ts';
import { firstDecisionOf } from './first-decision.ts';
import { loadPredictions } from './load-predictions.ts';
import { bindParameters, parseJson } from './parameters.ts';

/** A back-test that can be walked, whole or span after span. */
export interface PreparedBacktest {
  readonly request: BacktestRequest;
  readonly series: BarSeries;
  /** Bound to the parameters; every answer is checked. */
  readonly bound: BoundStrategy;
  /** Index of the first bar that is decided on. */
  readonly firstDecision: number;
}

/** Some bars of a back-test, and the account before them; all of them from a flat one by default. */
export interface WalkedSpan<Account> {
  readonly span: IndexSpan;
  /** Null for the flat one that a back-test begins with. */
  readonly account: Account | null;
}

/** A back-test has no release; what it makes is stamped with this id. */
export const NO_RELEASE = '0'.repeat(64);

/**
 * @throws {BadInputError} for wrong parameters, for a warm-up that leaves no bar, and for options or
 *   columns that do not fit the strategy's account.
 * @throws {SettingsError} when the parameters break the strategy's schema.
 */
export function prepareBacktest(
  request: BacktestRequest,
  strategy: Strategy,
  bars: readonly Bar[] | BarColumns,
): PreparedBacktest {
  const given = parseJson(request.parameters, '--params');
  const bound = bindParameters(strategy, given, '--params');
  const firstDecision = firstDecisionOf(request, bound, bars.length);
  const series = barSeries(bars);
  checkAccountOptions(request, bound, series);
  const source = request.strategySource ?? null;
  const place = { strategyId: strategy.id, source, time: series.time };
  return { request, series, bound: checkedStrategy(bound, place, request.sizing), firstDecision };
}

/**
 * Walks some bars of a back-test. Spans that touch, walked one after another with the account that
 * the one before left, give what one walk over all of them gives, to the last bit.
 *
 * @throws {BadInputError} for a strategy that throws or answers nonsense, or lacks its model.
 */
export async function walkBacktest(
  prepared: PreparedBacktest,
  { span, account }: WalkedSpan<AccountState> = wholeOf(prepared),
): Promise<Walk> {
  const { request, series, bound, firstDecision } = prepared;
  const predictions = await loadPredictions(request, bound, series, firstDecision);
  return walkStrategy({
    bars: series,
    span,
    strategy: bound,
    decideAt: bound.prepare(series),
    firstDecision,
    predictions,
    releaseId: NO_RELEASE,
    account: account ?? openAccount(request.initialCash),
    costModel: request.costModel,
  });
}

/** The same for a strategy that trades a futures account. */
export async function walkFuturesBacktest(
  prepared: PreparedBacktest,
  terms: FuturesTerms,
  { span, account }: WalkedSpan<FuturesAccount> = wholeOf(prepared),
): Promise<FuturesWalk> {
  const { request, series, bound, firstDecision } = prepared;
  const predictions = await loadPredictions(request, bound, series, firstDecision);
  return walkFuturesStrategy({
    series,
    span,
    strategy: bound,
    terms,
    decideAt: bound.prepare(series),
    firstDecision,
    predictions,
    ...(account !== null && { account }),
    costModel: request.costModel,
  });
}

function wholeOf({ series }: PreparedBacktest): { span: IndexSpan; account: null } {
  return { span: { fromIndex: 0, toIndex: series.length }, account: null };
}
