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
import { fillAtOpen } from './fill.ts';
import { orderIdOf } from './order-id.ts';
import { PreconditionError } from './precondition.ts';

/** Bars [fromIndex, toIndex) of a series. */
export interface IndexSpan {
  readonly fromIndex: number;
  readonly toIndex: number;
}

/** What is known at the close of one bar, beside the bar itself. */
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
  /** Oldest first. Bars before the span are warm-up; bars after it are not looked at. */
  readonly bars: readonly Bar[];
  readonly span: IndexSpan;
  readonly account: AccountState;
  readonly costModel: CostModel;
  /** Stamped on every decision and order. */
  readonly releaseId: string;
  readonly decide: (moment: WalkMoment) => WalkDecision;
}

/** Everything that happened in one walk, oldest first, and the account after it. */
export interface Walk {
  readonly decisions: readonly Decision[];
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  readonly equity: readonly EquityPoint[];
  readonly account: AccountState;
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
 * nothing: positions are not rebalanced.
 *
 * The account carries everything that must survive between two walks, so walking [a, b) and then
 * [b, c) gives what walking [a, c) gives, to the last bit.
 *
 * @throws {PreconditionError} when the span lies outside the bars, when its first bar is not later
 *   than the account's last one, or when a target is outside [0, 1].
 */
export function walk(options: WalkOptions): Walk {
  checkSpan(options);
  const { bars, span, costModel, releaseId } = options;
  const decisions: Decision[] = [];
  const orders: Order[] = [];
  const fills: Fill[] = [];
  const equity: EquityPoint[] = [];
  let { cash, units, equity: marked, pending, strategyState, lastBar } = options.account;

  for (let index = span.fromIndex; index < span.toIndex; index += 1) {
    const bar = bars[index] as Bar;
    if (pending !== null) {
      const filled = fillAtOpen({ bar, cash, units, order: pending, costModel });
      cash = filled.cash;
      units = filled.units;
      fills.push(filled.fill);
      pending = null;
    }
    marked = cash + units * bar.close;
    equity.push({ time: bar.time, equity: marked, cash, units, close: bar.close, releaseId });

    const held = units > 0 ? (units * bar.close) / marked : 0;
    const decision = options.decide({ index, held, state: strategyState });
    checkTarget(decision.target, bar);
    strategyState = decision.state;
    const { forecast, prediction, target } = decision;
    decisions.push({ time: bar.time, releaseId, forecast, prediction, target });
    if (target > 0 !== units > 0) {
      pending = { decidedAt: bar.time, target, releaseId };
      orders.push(orderOf(pending));
    }
    lastBar = bar.time;
  }
  const account = { cash, units, equity: marked, pending, strategyState, lastBar };
  return { decisions, orders, fills, equity, account };
}

function orderOf(pending: NonNullable<AccountState['pending']>): Order {
  const { decidedAt, target, releaseId } = pending;
  return {
    orderId: orderIdOf(releaseId, decidedAt),
    decidedAt,
    side: target > 0 ? 'buy' : 'sell',
    target,
    releaseId,
  };
}

function checkSpan({ bars, span, account }: WalkOptions): void {
  const { fromIndex, toIndex } = span;
  const whole = Number.isInteger(fromIndex) && Number.isInteger(toIndex);
  if (!whole || fromIndex < 0 || fromIndex > toIndex || toIndex > bars.length) {
    throw new PreconditionError(
      `span must lie within 0 and ${String(bars.length)}, was [${String(fromIndex)}, ${String(toIndex)})`,
    );
  }
  const first = bars[fromIndex];
  if (fromIndex < toIndex && first && account.lastBar !== null && first.time <= account.lastBar) {
    throw new PreconditionError(
      `the first bar must be later than the account's last bar ${account.lastBar}, was ${first.time}`,
    );
  }
}

function checkTarget(target: number, bar: Bar): void {
  if (!(target >= 0 && target <= 1)) {
    throw new PreconditionError(`target at ${bar.time} must be in [0, 1], was ${String(target)}`);
  }
}
