import type { Bar } from '../../schemas/bar.ts';
import type { StrategyState } from '../../schemas/trading.ts';
import { fromUnits } from './money.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import type { PortfolioBook, SleeveHoldings } from './portfolio-book.ts';
import type {
  Cancellation,
  Conversion,
  OpenOrder,
  PortfolioBar,
  PortfolioOrder,
} from './portfolio-types.ts';

/** What a sleeve sees at a close. All of it is its own, apart from the bars. */
export interface SleeveView extends PortfolioBar {
  /** Units by instrument; none that are 0. */
  readonly positions: Readonly<Record<string, number>>;
  /** Cash by currency. */
  readonly cash: Readonly<Record<string, number>>;
  /** Cash plus positions at their last closes, in base currency. */
  readonly equity: number;
  /** What the strategy returned as its state; empty at first. */
  readonly state: StrategyState;
  /** By chain, the contract that it trades. */
  readonly contracts: Readonly<Record<string, string>>;
  /**
   * By chain, the contract's bar with the gaps of all rolls so far removed: for forecasts. The first
   * contract's prices are the real ones; a later roll never changes an earlier bar. May fall below 0.
   */
  readonly adjusted: Readonly<Record<string, Bar>>;
}

/** What a strategy sees at a close. */
export interface PortfolioView extends SleeveView {
  readonly open: readonly OpenOrder[];
}

/** What a strategy answers to a close. */
export type PortfolioInstruction = PortfolioOrder | Cancellation | Conversion;
export type PortfolioDecision =
  | readonly PortfolioInstruction[]
  | { readonly orders: readonly PortfolioInstruction[]; readonly state: StrategyState };

/** What a sleeve answers to a close. */
export interface SleeveDecision {
  /** Units that it wants to hold, by instrument or chain; what is not named stays as wanted. */
  readonly targets: Readonly<Record<string, number>>;
  /** Left out: unchanged. */
  readonly state?: StrategyState;
  readonly conversions?: readonly Omit<Conversion, 'type'>[];
}

/** What is the same for all that look at one close. */
export interface CloseView extends PortfolioBar {
  readonly contracts: Readonly<Record<string, string>>;
  readonly adjusted: Readonly<Record<string, Bar>>;
}

export function closeView(account: PortfolioAccount, { time, bars }: PortfolioBar): CloseView {
  const chains = [...account.chains];
  const adjusted = chains.flatMap(([chainId, { contract, offset }]) => {
    const bar = bars[contract];
    return bar === undefined ? [] : [[chainId, shifted(bar, offset)] as const];
  });
  return {
    time,
    bars,
    contracts: Object.fromEntries(chains.map(([chainId, { contract }]) => [chainId, contract])),
    adjusted: Object.fromEntries(adjusted),
  };
}

/** What the account, or one of its sleeves, looks like at a close. */
export function viewOf(
  account: PortfolioAccount,
  holder: PortfolioBook | SleeveHoldings,
  close: CloseView,
): Omit<SleeveView, 'state'> {
  const positions: Record<string, number> = {};
  for (const { instrumentId } of account.instruments.all) {
    const units = holder.units.get(instrumentId);
    if (units !== undefined) positions[instrumentId] = fromUnits(units);
  }
  const cash = account.currencies.codes.map(
    (code) => [code, account.amount(holder.cash.get(code) ?? 0n)] as const,
  );
  const equity = account.equity(close.time, holder);
  return { ...close, positions, cash: Object.fromEntries(cash), equity };
}

export function openOrders(account: PortfolioAccount): OpenOrder[] {
  return account.open.map((order) => ({
    ...order,
    units: fromUnits(order.units),
    left: fromUnits(order.left),
  }));
}

function shifted(bar: Bar, offset: number): Bar {
  const { open, high, low, close } = bar;
  return {
    ...bar,
    open: open + offset,
    high: high + offset,
    low: low + offset,
    close: close + offset,
  };
}
