import { NumberColumn } from '../decision-log/number-column.ts';
import { PreconditionError } from '../precondition.ts';
import { toMoney } from './money.ts';
import { PortfolioAccount } from './portfolio-account.ts';
import type {
  CorporateAction,
  LedgerEntry,
  OrderEvent,
  PortfolioBar,
  PortfolioFill,
  PortfolioInstrument,
  PortfolioOrder,
  PortfolioState,
  PortfolioView,
} from './portfolio-types.ts';

/** `Bars` may be anything that gives bars one by one. */
export interface PortfolioOptions<Bars extends Iterable<PortfolioBar> = readonly PortfolioBar[]> {
  readonly instruments: readonly PortfolioInstrument[];
  /** In the order of time. Read one by one, so that they need not be in memory together. */
  readonly bars: Bars;
  /** In the order of time; applied before the open of the bar at that time. */
  readonly actions?: readonly CorporateAction[];
  /** `openPortfolio(cash)`, or the state of an earlier run to resume. */
  readonly state: PortfolioState;
  /** Largest sum of absolute positions, as a multiple of equity; orders beyond it are refused. */
  readonly grossMax: number;
  /** The orders at a close. They are not filled before the next bar of their instrument. */
  readonly decide: (view: PortfolioView) => readonly PortfolioOrder[];
}

export interface PortfolioRun {
  readonly fills: readonly PortfolioFill[];
  readonly events: readonly OrderEvent[];
  readonly ledger: readonly LedgerEntry[];
  readonly equity: Float64Array;
  /** Resumes the run: walking on from it gives what one walk over all bars gives. */
  readonly state: PortfolioState;
}

/** A flat account. `cash` is in account currency, > 0. */
export function openPortfolio(cash: number): PortfolioState {
  if (!(cash > 0)) {
    throw new PreconditionError(`cash must be > 0, was ${String(cash)}`);
  }
  const none = { positions: {}, closes: {}, open: [], nextOrder: 1, lastTime: null };
  return { cash: toMoney(cash), ...none };
}

/**
 * Walks bars of several instruments: corporate actions, fills, marking at the close, then the
 * strategy's orders, each checked by the risk rule. Positions may be short. Orders fill in the order
 * in which they were made.
 *
 * @throws {PreconditionError} naming bar and field, for bars out of order, an order for an unknown
 *   instrument, and units or prices that are not usable numbers.
 */
export function runPortfolio(options: PortfolioOptions<Iterable<PortfolioBar>>): PortfolioRun {
  const { bars, decide, grossMax, actions = [] } = options;
  const instruments = new Map(options.instruments.map((one) => [one.instrumentId, one]));
  const account = new PortfolioAccount(options.state, instruments);
  const events: OrderEvent[] = [];
  const equity = new NumberColumn();
  let { nextOrder, lastTime } = options.state;

  for (const moment of bars) {
    const { time } = moment;
    checkBar(moment, lastTime, instruments);
    for (const action of actions) {
      if (action.time === time) account.applyAction(action);
    }
    account.fillOrders(moment.bars);
    account.mark(moment.bars);
    const value = account.equity();
    equity.push(value);
    lastTime = time;
    const view = { ...moment, positions: Object.fromEntries(account.positions), equity: value };
    for (const order of decide({ ...view, open: account.open })) {
      checkOrder(order, time, instruments);
      const { instrumentId, units } = order;
      const waiting = account.open
        .filter((other) => other.instrumentId === instrumentId)
        .reduce((sum, other) => sum + other.left, 0);
      const reason = refusal(account, order, waiting + units, grossMax * value);
      const what = reason === null ? 'accepted' : 'refused';
      events.push({ order: nextOrder, time, instrumentId, what, reason });
      if (reason === null) {
        account.open = [...account.open, { ...order, order: nextOrder, left: units }];
      }
      nextOrder += 1;
    }
  }
  const { fills, ledger, cash, open } = account;
  const positions = Object.fromEntries(account.positions);
  const closes = Object.fromEntries(account.closes);
  const state = { cash, positions, closes, open, nextOrder, lastTime };
  return { fills, events, ledger, equity: equity.values, state };
}

/** The risk rule. Orders that only make the position smaller always pass. */
function refusal(
  account: PortfolioAccount,
  { instrumentId }: PortfolioOrder,
  units: number,
  grossMax: number,
): string | null {
  const held = account.positions.get(instrumentId) ?? 0;
  const gross = account.grossWith(instrumentId, units);
  const isSmaller = Math.abs(held + units) <= Math.abs(held) && held * (held + units) >= 0;
  if (isSmaller || gross <= grossMax) return null;
  return `gross exposure must be at most ${String(grossMax)}, would be ${String(gross)}`;
}

function checkBar(
  { time, bars }: PortfolioBar,
  lastTime: string | null,
  instruments: ReadonlyMap<string, PortfolioInstrument>,
): void {
  if (lastTime !== null && time <= lastTime) {
    throw new PreconditionError(`time of a bar must be later than ${lastTime}, was ${time}`);
  }
  const unknown = Object.keys(bars).find((id) => !instruments.has(id));
  if (unknown !== undefined) {
    throw new PreconditionError(
      `bar ${time}: instrumentId must be one of ${known(instruments)}, was ${unknown}`,
    );
  }
}

function checkOrder(
  { instrumentId, type, units, price }: PortfolioOrder,
  time: string,
  instruments: ReadonlyMap<string, PortfolioInstrument>,
): void {
  const where = `order at bar ${time}`;
  if (!instruments.has(instrumentId)) {
    throw new PreconditionError(
      `${where}: instrumentId must be one of ${known(instruments)}, was ${instrumentId}`,
    );
  }
  if (!Number.isFinite(units) || units === 0) {
    throw new PreconditionError(`${where}: units must be finite and not 0, was ${String(units)}`);
  }
  const wantsPrice = type === 'limit' || type === 'stop';
  const isRight = wantsPrice
    ? price !== null && price > 0 && Number.isFinite(price)
    : price === null;
  if (!isRight) {
    const rule = wantsPrice ? 'finite and > 0' : 'null';
    throw new PreconditionError(
      `${where}: price must be ${rule} for ${type}, was ${String(price)}`,
    );
  }
}

function known(instruments: ReadonlyMap<string, PortfolioInstrument>): string {
  return [...instruments.keys()].join(', ');
}
