import { barSeries, type BarSeries } from '../../engine/bar-series.ts';
import { openFuturesAccount, type FuturesAccount } from '../../engine/futures/walk-futures.ts';
import { drawdownOf } from '../../engine/statistics/drawdown.ts';
import { openAccount, type IndexSpan } from '../../engine/walk.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import type { CostModel } from '../../schemas/settings.ts';
import type { AccountState } from '../../schemas/trading.ts';
import type { StrategySource } from '../../schemas/strategy-places.ts';
import type { BoundStrategy, DecideAt, Strategy } from '../../strategies/strategy.ts';
import { DecisionLog, type LoggedFill } from '../backtest/decision-log.ts';
import { closedTrips } from '../backtest/futures-trades.ts';
import { sha256Of } from '../contract/job-files.ts';
import { walkFuturesStrategy } from '../host/walk-futures-strategy.ts';
import { walkStrategy } from '../host/walk-strategy.ts';

/** What is walked: one strategy over the same bars with several parameter sets. */
export interface ParityCase {
  /** The code that a user added; absent for an installed strategy. */
  readonly source?: StrategySource | null;
  readonly strategy: Strategy;
  readonly bars: readonly Bar[];
  readonly sets: readonly ParameterSet[];
  readonly initialCash: number;
  readonly costModel: CostModel;
  /** First bar that a set may be decided on. */
  readonly firstDecisionOf: (bound: BoundStrategy) => number;
  /** The model's output a bar, or what stands in for it; null without a model. */
  readonly predictionsOf: (bound: BoundStrategy, series: BarSeries) => Float64Array | null;
}

/** What one walk left: what was decided as changes of position, and everything row by row. */
export interface EngineLog {
  /** As sweeps write it too. */
  readonly fills: string;
  /** Forecast, prediction, target, equity and state of every bar. */
  readonly rows: string;
}

/** How often, in a walk, strategy code is bound and prepared anew. */
const FRESH_STARTS = 8;

/** The engine in one walk from the first bar to the last. */
export function engineLog(given: ParityCase, set: ParameterSet): EngineLog {
  return logOf(given, set, [given.bars.length]);
}

/**
 * The engine stopped after every bar and resumed from its snapshot as JSON; now and then by code that is
 * bound and prepared anew, as after a restart, so that what it keeps outside its state is lost.
 */
export function resumedLog(given: ParityCase, set: ParameterSet): EngineLog {
  return logOf(
    given,
    set,
    given.bars.map((_, index) => index + 1),
  );
}

/** The engine stopped once, before bar `cut`, and resumed by fresh code from its snapshot as JSON. */
export function cutLog(given: ParityCase, set: ParameterSet, cut: number): EngineLog {
  return logOf(given, set, [cut, given.bars.length]);
}

/** What a stretch of bars left. */
interface Stretch {
  readonly rows: readonly string[];
  readonly fills: readonly LoggedFill[];
  readonly equity: readonly { readonly equity: number }[];
  /** Contracts held after each fill; empty on a share's account. */
  readonly held: readonly { readonly held: number }[];
  readonly account: unknown;
}

interface Prepared {
  readonly bound: BoundStrategy;
  readonly decideAt: DecideAt;
}

/** SHA-256 of the logs of all sets, in their order. */
export function logsSha256(logs: readonly EngineLog[]): string {
  return sha256Of(logs.map(({ fills, rows }) => `${fills}${rows}\n`).join(''));
}

function logOf(given: ParityCase, set: ParameterSet, ends: readonly number[]): EngineLog {
  const series = barSeries(given.bars);
  const prepare = (): Prepared => {
    const bound = given.strategy.bind(set);
    return { bound, decideAt: bound.prepare(series) };
  };
  let prepared = prepare();
  const { bound } = prepared;
  const predictions = given.predictionsOf(bound, series);
  const firstDecision = given.firstDecisionOf(bound);
  const capital = bound.futures?.capital ?? given.initialCash;
  const stretches: Stretch[] = [];
  const freshEvery = Math.ceil(ends.length / FRESH_STARTS);
  let from = 0;
  let account: unknown =
    bound.futures === null
      ? openAccount(given.initialCash)
      : openFuturesAccount(capital, bound.initialState);
  for (const [at, to] of ends.entries()) {
    if (at > 0 && at % freshEvery === 0) prepared = prepare();
    const span = { fromIndex: from, toIndex: to };
    const walked = walkStretch(
      given,
      { ...prepared, series, predictions, firstDecision, span },
      account,
    );
    stretches.push(walked);
    account = JSON.parse(JSON.stringify(walked.account)) as unknown;
    from = to;
  }
  return written(stretches, { capital, account });
}

interface StretchInput extends Prepared {
  readonly series: BarSeries;
  readonly predictions: Float64Array | null;
  readonly firstDecision: number;
  readonly span: IndexSpan;
}

function walkStretch(given: ParityCase, input: StretchInput, account: unknown): Stretch {
  const { bound, decideAt, series, predictions, firstDecision, span } = input;
  const common = { strategy: bound, decideAt, firstDecision, predictions, span };
  const { costModel } = given;
  if (bound.futures !== null) {
    const walked = walkFuturesStrategy({
      ...{ ...common, series, costModel, terms: bound.futures },
      account: account as FuturesAccount,
    });
    return {
      rows: rowsOf(walked.decisions, walked.equity),
      fills: walked.fills
        .filter(({ contracts }) => contracts !== 0)
        .map(({ index, contracts, price }) => [
          index,
          contracts > 0 ? 'buy' : 'sell',
          Math.abs(contracts),
          price,
        ]),
      equity: walked.equity,
      held: walked.fills,
      account: walked.account,
    };
  }
  const walked = walkStrategy({
    ...{ ...common, bars: series, costModel, releaseId: NO_RELEASE },
    account: account as AccountState,
  });
  const indexOf = new Map(walked.decisions.map(({ time }, at) => [time, span.fromIndex + at]));
  return {
    rows: rowsOf(walked.decisions, walked.equity),
    fills: walked.fills.map(({ time, side, units, price }) => [
      indexOf.get(time) ?? -1,
      side,
      units,
      price,
    ]),
    equity: walked.equity,
    held: [],
    account: walked.account,
  };
}

/** No release is walked; the engine wants an id to stamp. */
const NO_RELEASE = '0'.repeat(64);

function rowsOf(
  decisions: readonly { forecast: number | null; prediction: number | null; target: number }[],
  equity: readonly { readonly equity: number }[],
): string[] {
  return decisions.map(({ forecast, prediction, target }, at) =>
    JSON.stringify([forecast, prediction, target, equity[at]?.equity]),
  );
}

function written(
  stretches: readonly Stretch[],
  { capital, account }: { readonly capital: number; readonly account: unknown },
): EngineLog {
  const log = new DecisionLog();
  const fills = stretches.flatMap((stretch) => stretch.fills);
  for (const fill of fills) log.add(fill);
  const equity = stretches.flatMap((stretch) => stretch.equity);
  const held = stretches.flatMap((stretch) => stretch.held);
  const sells = fills.filter(([, side]) => side === 'sell').length;
  const rows = stretches.flatMap((stretch) => stretch.rows);
  return {
    fills: log.end({
      finalEquity: equity.at(-1)?.equity ?? capital,
      trades: held.length > 0 ? closedTrips(held) : sells,
      maxDrawdown: drawdownOf(equity, capital).max,
    }),
    rows: [...rows, JSON.stringify(account)].join('\n'),
  };
}
