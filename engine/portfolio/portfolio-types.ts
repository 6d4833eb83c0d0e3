import type { Bar } from '../../schemas/bar.ts';

/** How an instrument is traded. Prices are per unit, in its currency. */
export interface PortfolioInstrument {
  readonly instrumentId: string;
  /** What one unit gains in its currency when the price rises by 1; > 0. */
  readonly multiplier: number;
  /** Fee per side, in 1/10,000 of the traded notional; >= 0. */
  readonly feeBps: number;
  /** Half of the spread, charged as a cost of its own; fill prices stay within the bar. */
  readonly halfSpreadBps: number;
  /** Largest share of a bar's volume that all orders together take, > 0 to 1; null for no limit. */
  readonly participation: number | null;
  /** Left out: the base currency. */
  readonly currency?: string;
  /** Smallest number of units that trades; null, the default, for 1e-8 of a unit. */
  readonly lot?: number | null;
  /** Smallest step of a price; null, the default, for none. */
  readonly tick?: number | null;
  /**
   * `cash`, the default: a fill pays or receives its notional. `variation`: a future; nothing is paid
   * for the position, and its gains are settled in cash at every fill and close.
   */
  readonly settlement?: 'cash' | 'variation';
  /** Equity that a position binds, as a share of its notional; >= 0, 0 by default. */
  readonly marginRate?: number;
  /** Paid a year for being short, as a share of the notional at the last close; 0 by default. */
  readonly borrowRate?: number;
}

/** The contracts of a future, one after the other. Strategies may trade it by its `chainId`. */
export interface FuturesChain {
  readonly chainId: string;
  /** Instruments in the order in which they are held; same currency, multiplier and lot. */
  readonly contracts: readonly string[];
}

/** What holding a currency costs, and what it is worth. */
export interface CurrencyTerms {
  readonly currency: string;
  /** Interest a year on cash below 0, a fraction >= 0. */
  readonly debitRate: number;
  /** Interest a year on cash above 0, a fraction. */
  readonly creditRate: number;
  /** Days of a year in interest and borrow cost: cost = amount × rate × calendar days / dayCount. */
  readonly dayCount: 360 | 365;
  /** Cost of converting cash into this currency, in 1/10,000 of the amount. */
  readonly conversionBps: number;
  /** Base currency for one unit of this one, each from its time on. Empty for the base currency. */
  readonly rates: readonly { readonly time: string; readonly rate: number }[];
}

/** A wish to trade, made at a close and alive from the next bar on until it is filled. */
export interface PortfolioOrder {
  /** An instrument, or a chain, which means its current contract. */
  readonly instrumentId: string;
  /**
   * `market`: the next open. `market-on-close`: the next close. `limit`: at `price` or better.
   * `stop`: at the open, or at `price` once the bar reaches it.
   */
  readonly type: 'market' | 'limit' | 'stop' | 'market-on-close';
  /** Units to buy (> 0) or to sell (< 0); never 0. Rounded towards 0 to whole lots. */
  readonly units: number;
  /**
   * Of limit and stop orders, > 0; else null. Rounded to a tick: a limit to the better side, a stop
   * to the farther one.
   */
  readonly price: number | null;
}

/** Takes back what is left of an order. */
export interface Cancellation {
  readonly type: 'cancel';
  readonly order: number;
}

/** Changes cash at the next bar, at the rate of its time. */
export interface Conversion {
  readonly type: 'convert';
  readonly from: string;
  readonly to: string;
  /** In the currency that is given; > 0. */
  readonly amount: number;
}

/** An order that waits, with the number under which the log knows it. */
export interface OpenOrder extends PortfolioOrder {
  readonly order: number;
  /** Units that are not filled yet, with the sign of `units`. */
  readonly left: number;
}

interface Dated {
  readonly time: string;
}

/** What happens before the open of the first bar at its time or later. */
export type CorporateAction =
  /**
   * One unit becomes `ratio` units at 1/ratio of the price; open orders are changed alike. What is
   * no whole lot is paid in cash.
   */
  | (Dated & { readonly kind: 'split'; readonly instrumentId: string; readonly ratio: number })
  /** Cash per unit held; a short position pays it. */
  | (Dated & { readonly kind: 'dividend'; readonly instrumentId: string; readonly perUnit: number })
  /** From here on the chain trades this contract. What is held moves by two fills at the opens. */
  | (Dated & { readonly kind: 'roll'; readonly chainId: string; readonly to: string });

/** A fill, or part of one. */
export interface PortfolioFill {
  /** Null for the two fills of a roll. */
  readonly order: number | null;
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
  readonly what: 'accepted' | 'refused' | 'cancelled';
  /** Why it was refused or cancelled. */
  readonly reason: string | null;
}

/** The bars of all instruments that have one at this time. */
export interface PortfolioBar {
  readonly time: string;
  readonly bars: Readonly<Record<string, Bar>>;
}
