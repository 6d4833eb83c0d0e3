import type { Bar } from '../schemas/bar.ts';
import type { CostModel } from '../schemas/settings.ts';
import type {
  AccountState,
  Decision,
  EquityPoint,
  Fill,
  Order,
  StrategyState,
} from '../schemas/trading.ts';
import { barColumns, type BarColumns } from './bar-series.ts';
import { DecisionLog, RecordKind } from './decision-log/decision-log.ts';
import {
  decisionsOf,
  equityOf,
  fillsOf,
  ordersOf,
  unitsOf,
  type LoggedWalk,
} from './decision-log/read-log.ts';
import { ledgerOf, type WalkLedger } from './decision-log/walk-ledger.ts';
import { fillAtOpen } from './fill.ts';
import { PreconditionError } from './precondition.ts';
import { checkRiskRules, isOrderAllowed, NO_RISK_RULES, type RiskRules } from './risk-rules.ts';

/** Bars [fromIndex, toIndex) of a series. */
export interface IndexSpan {
  readonly fromIndex: number;
  readonly toIndex: number;
}

/**
 * What is known at the close of one bar, beside the bar itself. A walk has one such object, which
 * the next bar overwrites: nothing is allocated for a bar.
 */
export interface WalkMoment {
  readonly index: number;
  /** Share of the account's equity that is in the instrument at this close: 0 when flat. */
  readonly held: number;
  readonly state: StrategyState;
}

/** The answer to one moment. */
export interface WalkDecision {
  /** Scaled view, -20 to 20; null before warm-up. */
  readonly forecast: number | null;
  /** Output of the model at this bar; null without a model or before warm-up. */
  readonly prediction: number | null;
  /** Wanted share of equity in the instrument, 0 to 1. */
  readonly target: number;
  readonly state: StrategyState;
}

export interface WalkOptions {
  /**
   * Oldest first, as columns or as objects, of which columns are made. Bars before the span are
   * warm-up; bars after it are not looked at.
   */
  readonly bars: readonly Bar[] | Pick<BarColumns, 'time' | 'open' | 'close'>;
  readonly span: IndexSpan;
  readonly account: AccountState;
  readonly costModel: CostModel;
  /** Stamped on every decision and order. */
  readonly releaseId: string;
  /** Without them nothing is refused. */
  readonly riskRules?: RiskRules;
  readonly decide: (moment: WalkMoment) => WalkDecision;
}

/**
 * Everything that happened in one walk, oldest first, and the account after it. Records are made of
 * the log when they are first asked for: a caller that reads columns never pays for them.
 */
export interface Walk {
  readonly decisions: readonly Decision[];
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  readonly equity: readonly EquityPoint[];
  readonly account: AccountState;
  readonly log: DecisionLog;
  /** Units held at each close. */
  readonly units: Float64Array;
  readonly ledger: WalkLedger;
}

/** A flat account that has not seen a bar. `initialCash` is in account currency, > 0. */
export function openAccount(initialCash: number): AccountState {
  if (!Number.isFinite(initialCash) || initialCash <= 0) {
    throw new PreconditionError(`initialCash must be > 0, was ${String(initialCash)}`);
  }
  return {
    cash: initialCash,
    units: 0,
    equity: initialCash,
    pending: null,
    strategyState: {},
    lastBar: null,
  };
}

/**
 * Walks bars one by one: fills the waiting order at the bar's open, marks the account at its close,
 * asks for a decision, and leaves an order for the next open when the wanted target and the
 * holding disagree about being in the market at all. A target > 0 while something is held changes
 * nothing: positions are not rebalanced. An order that breaks a risk rule is logged and not sent.
 *
 * The account carries everything that must survive between two walks, so walking [a, b) and then
 * [b, c) gives what walking [a, c) gives, to the last bit.
 *
 * @throws {PreconditionError} when the span lies outside the bars, when its first bar is not later
 *   than the account's last one, when a risk rule is outside its range, or when a target is outside
 *   [0, 1].
 */
export function walk(options: WalkOptions): Walk {
  const { span, costModel, releaseId, decide, riskRules = NO_RISK_RULES } = options;
  const series = 'open' in options.bars ? options.bars : barColumns(options.bars);
  checkSpan(series.time, options);
  checkRiskRules(riskRules);
  const { time, open, close } = series;
  const log = new DecisionLog(span.fromIndex, span.toIndex - span.fromIndex, options.account);
  let { cash, units, equity, strategyState } = options.account;
  let isWaiting = options.account.pending !== null;
  let wanted = options.account.pending?.target ?? 0;
  let record = -1;
  const moment = { index: 0, held: 0, state: strategyState };

  for (let index = span.fromIndex; index < span.toIndex; index += 1) {
    if (isWaiting) {
      const price = open[index] as number;
      const filled = fillAtOpen({ open: price, cash, units, target: wanted, costModel });
      cash = filled.cash;
      units = filled.units;
      log.addFill(index, record, price, wanted > 0, filled);
      isWaiting = false;
    }
    const value = units * (close[index] as number);
    equity = cash + value;

    moment.index = index;
    moment.held = units > 0 ? value / equity : 0;
    moment.state = strategyState;
    const decision = decide(moment);
    const { forecast, prediction, target } = decision;
    checkTarget(target, time, index);
    strategyState = decision.state;
    if (target > 0 === units > 0) {
      log.addTarget(index, target, RecordKind.Target);
    } else {
      isWaiting = isOrderAllowed(target, equity, riskRules);
      wanted = target;
      record = log.addTarget(index, target, isWaiting ? RecordKind.Order : RecordKind.Refused);
    }
    log.closeBar(index, forecast, prediction, equity);
  }

  const { account: before } = options;
  const standing = { cash, units, equity, strategyState, ordered: isWaiting ? wanted : null };
  const account = accountAfter(options, time, standing);
  return recordsOf({ log, time, close, releaseId, before }, account);
}

/** What stands at the last close; `ordered` is the target of the order that waits. */
type Standing = Omit<AccountState, 'pending' | 'lastBar'> & { readonly ordered: number | null };

function accountAfter(
  { account, span, releaseId }: WalkOptions,
  time: readonly string[],
  { cash, units, equity, strategyState, ordered }: Standing,
): AccountState {
  if (span.fromIndex === span.toIndex) return account;
  const lastBar = time[span.toIndex - 1] as string;
  const pending = ordered === null ? null : { decidedAt: lastBar, target: ordered, releaseId };
  return { cash, units, equity, pending, strategyState, lastBar };
}

/** The walk of a log. */
function recordsOf(logged: LoggedWalk, account: AccountState): Walk {
  let decisions: Decision[] | undefined;
  let orders: Order[] | undefined;
  let fills: Fill[] | undefined;
  let equity: EquityPoint[] | undefined;
  let units: Float64Array | undefined;
  return {
    account,
    log: logged.log,
    ledger: ledgerOf(logged.log.fills),
    get decisions() {
      return (decisions ??= decisionsOf(logged));
    },
    get orders() {
      return (orders ??= ordersOf(logged));
    },
    get fills() {
      return (fills ??= fillsOf(logged));
    },
    get equity() {
      return (equity ??= equityOf(logged));
    },
    get units() {
      return (units ??= unitsOf(logged));
    },
  };
}

function checkSpan(time: readonly string[], { span, account }: WalkOptions): void {
  const { fromIndex, toIndex } = span;
  const whole = Number.isInteger(fromIndex) && Number.isInteger(toIndex);
  if (!whole || fromIndex < 0 || fromIndex > toIndex || toIndex > time.length) {
    throw new PreconditionError(
      `span must lie within 0 and ${String(time.length)}, was [${String(fromIndex)}, ${String(toIndex)})`,
    );
  }
  const first = time[fromIndex];
  if (fromIndex === toIndex || first === undefined || account.lastBar === null) return;
  if (first <= account.lastBar) {
    throw new PreconditionError(
      `the first bar must be later than the account's last bar ${account.lastBar}, was ${first}`,
    );
  }
}

function checkTarget(target: number, time: readonly string[], index: number): void {
  if (!(target >= 0 && target <= 1)) {
    const at = time[index] ?? String(index);
    throw new PreconditionError(`target at ${at} must be in [0, 1], was ${String(target)}`);
  }
}
