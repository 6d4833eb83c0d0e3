import type { StrategyState } from '../../schemas/trading.ts';
import type { PortfolioOrder } from './portfolio-types.ts';

/** Amount on one account of the ledger. In whole parts of the money scale. */
export interface Posting {
  /** `cash`, `positions/…`, `gains/…`, `fees`, `spread`, `interest`, `borrow`, and so on. */
  readonly account: string;
  readonly currency: string;
  readonly amount: bigint;
}

/** A change of a position, in 1e-8 of a unit. */
export interface UnitPosting {
  readonly instrumentId: string;
  readonly units: bigint;
}

/** What one sleeve has of an entry. */
export interface SleevePostings {
  readonly sleeveId: string;
  readonly postings: readonly Posting[];
  readonly units: readonly UnitPosting[];
}

/**
 * One entry of the ledger. Its postings sum to 0 in each currency, and those of the sleeves sum to
 * them, account by account, both exactly.
 */
export interface LedgerEntry {
  /** 1, 2, 3… over all runs that continue one another. */
  readonly entry: number;
  readonly time: string;
  readonly cause:
    | 'fill'
    | 'cross'
    | 'roll'
    | 'settlement'
    | 'dividend'
    | 'split'
    | 'interest'
    | 'borrow'
    | 'conversion';
  readonly text: string;
  readonly postings: readonly Posting[];
  readonly units: readonly UnitPosting[];
  readonly sleeves: readonly SleevePostings[];
}

/** An order that waits. Units in 1e-8. */
export interface WaitingOrder {
  readonly order: number;
  readonly instrumentId: string;
  readonly type: PortfolioOrder['type'];
  readonly units: bigint;
  readonly left: bigint;
  readonly price: number | null;
}

export interface WaitingConversion {
  /** Null without sleeves. */
  readonly sleeveId: string | null;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

/** Where a chain of futures stands. */
export interface ChainState {
  readonly contract: string;
  /** Added to the contract's prices gives the adjusted price. */
  readonly offset: number;
}

/** A virtual ledger: its share of the account, and what it still wants. */
export interface SleeveState {
  readonly sleeveId: string;
  readonly cash: Readonly<Record<string, bigint>>;
  readonly units: Readonly<Record<string, bigint>>;
  /** Units that it wants on top of what it has. */
  readonly wanted: Readonly<Record<string, bigint>>;
  readonly strategyState: StrategyState;
}

/** All that must survive between two bars. Plain data; `portfolioText` writes it. */
export interface PortfolioState {
  readonly baseCurrency: string;
  /** Decimals of the money scale, 8 or more. */
  readonly moneyDecimals: number;
  /** By currency, in whole parts of the money scale. */
  readonly cash: Readonly<Record<string, bigint>>;
  /** By instrument, in 1e-8 of a unit. Nothing that is 0. */
  readonly units: Readonly<Record<string, bigint>>;
  /** Last close of each instrument that has had a bar. */
  readonly closes: Readonly<Record<string, number>>;
  /** Price up to which gains of a future have been settled. */
  readonly settled: Readonly<Record<string, number>>;
  readonly chains: Readonly<Record<string, ChainState>>;
  readonly open: readonly WaitingOrder[];
  readonly conversions: readonly WaitingConversion[];
  readonly sleeves: readonly SleeveState[];
  readonly strategyState: StrategyState;
  readonly nextOrder: number;
  readonly nextEntry: number;
  /** Bars walked so far. */
  readonly barCount: number;
  /** Time of the last bar; null before the first. */
  readonly lastTime: string | null;
}
