import type { Bar } from '../../schemas/bar.ts';

/** How an instrument is traded. Prices are per unit and in account currency. */
export interface PortfolioInstrument {
  readonly instrumentId: string;
  /** Account currency that one unit gains when the price rises by 1; > 0. */
  readonly multiplier: number;
  /** Fee per side, in 1/10,000 of the traded notional; >= 0. */
  readonly feeBps: number;
  /** Half of the spread, charged as a cost of its own; fill prices stay within the bar. */
  readonly halfSpreadBps: number;
  /** Largest share of a bar's volume that one order takes, > 0 to 1; null for no limit. */
  readonly participation: number | null;
}

/** A wish to trade, made at a close and alive from the next bar on until it is filled. */
export interface PortfolioOrder {
  readonly instrumentId: string;
  /**
   * `market`: the next open. `market-on-close`: the next close. `limit`: at `price` or better.
   * `stop`: at the open, or at `price` once the bar reaches it.
   */
  readonly type: 'market' | 'limit' | 'stop' | 'market-on-close';
  /** Units to buy (> 0) or to sell (< 0); never 0. */
  readonly units: number;
  /** Of limit and stop orders, > 0; else null. */
  readonly price: number | null;
}

/** An order that waits, with the number under which the log knows it. */
export interface OpenOrder extends PortfolioOrder {
  readonly order: number;
  /** Units that are not filled yet, with the sign of `units`. */
  readonly left: number;
}

/** What happens to an instrument before the open of a bar. */
export type CorporateAction =
  /** One unit becomes `ratio` units at 1/ratio of the price; open orders are changed alike. */
  | {
      readonly kind: 'split';
      readonly time: string;
      readonly instrumentId: string;
      readonly ratio: number;
    }
  /** Cash per unit held; a short position pays it. */
  | {
      readonly kind: 'dividend';
      readonly time: string;
      readonly instrumentId: string;
      readonly perUnit: number;
    };

/** A fill, or part of one. */
export interface PortfolioFill {
  readonly order: number;
  readonly time: string;
  readonly instrumentId: string;
  /** > 0 bought, < 0 sold. */
  readonly units: number;
  /** Within the bar's low and high. */
  readonly price: number;
}

/** What became of orders. An order that is refused is never filled. */
export interface OrderEvent {
  readonly order: number;
  readonly time: string;
  readonly instrumentId: string;
  readonly what: 'accepted' | 'refused';
  readonly reason: string | null;
}

/** One entry of the ledger: its postings sum to 0 exactly. Amounts in 1e-8 of the currency. */
export interface LedgerEntry {
  readonly time: string;
  readonly text: string;
  readonly postings: readonly { readonly account: string; readonly amount: bigint }[];
}

/** All that must survive between two bars. Plain data: `bigint` is written as text in JSON. */
export interface PortfolioState {
  /** In 1e-8 of the account currency. */
  readonly cash: bigint;
  readonly positions: Readonly<Record<string, number>>;
  /** Last close of each instrument that has had a bar. */
  readonly closes: Readonly<Record<string, number>>;
  readonly open: readonly OpenOrder[];
  readonly nextOrder: number;
  /** Time of the last bar; null before the first. */
  readonly lastTime: string | null;
}

/** The bars of all instruments that have one at this time. */
export interface PortfolioBar {
  readonly time: string;
  readonly bars: Readonly<Record<string, Bar>>;
}

/** What a strategy sees at a close. */
export interface PortfolioView {
  readonly time: string;
  readonly bars: Readonly<Record<string, Bar>>;
  readonly positions: Readonly<Record<string, number>>;
  /** Cash plus positions at their last closes, in account currency. */
  readonly equity: number;
  readonly open: readonly OpenOrder[];
}
