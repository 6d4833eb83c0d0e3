import type { CostModel } from '../../schemas/settings.ts';
import type { CarryColumns } from '../forecasts/carry.ts';

/** How a strategy's futures account works. */
export interface FuturesTerms {
  /** Fixed, in account currency: profits are not reinvested. */
  readonly capital: number;
  /** Value of a price move of 1 for one contract, in the instrument's currency. */
  readonly pointValue: number;
  /** Account currency per unit of the instrument's currency. */
  readonly fxRate: number;
  /**
   * `nextOpen`: what is decided at a close is filled at the next bar's open, at a cost.
   * `closeDelay`: filled at the next bar's close, free of cost (pysystemtrade, delayed fill).
   */
  readonly execution: 'nextOpen' | 'closeDelay';
  /**
   * Price that fees and spreads are a share of. `adjusted`: that of the bars; `contract`: that of the
   * held contract, and a change of contract costs two trades.
   */
  readonly costPrice: 'adjusted' | 'contract';
  /** The parameter that asks for the futures curve, in words; null when none does. */
  readonly needsCurve: string | null;
}

/** A futures account between two bars: plain numbers, so that it can be stored and resumed. */
export interface FuturesPosition {
  /** Contracts held, signed. */
  readonly contracts: number;
  /** Contracts wanted at the last close; filled on the next bar. */
  readonly wanted: number;
  /** Account value at the last close. It may fall below 0: sizes do not depend on it. */
  readonly equity: number;
  /** Last adjusted close; null before the first bar. */
  readonly close: number | null;
  /** Price of the held contract minus the adjusted price, as last known. */
  readonly basis: number;
  /** Delivery month of the held contract as last known, YYYYMM; null when it never was. */
  readonly contract: number | null;
}

export interface FuturesMarket {
  readonly open: Float64Array;
  readonly close: Float64Array;
  /** Null where nothing is known about contracts. */
  readonly curve: CarryColumns | null;
}

export interface FuturesLedgerOptions {
  readonly market: FuturesMarket;
  readonly terms: FuturesTerms;
  readonly costModel: CostModel;
  /** The account after the last bar; a fresh one unless given. */
  readonly position?: FuturesPosition | undefined;
}

/** A flat account that has not seen a bar. */
export function openFutures(capital: number): FuturesPosition {
  return { contracts: 0, wanted: 0, equity: capital, close: null, basis: 0, contract: null };
}

/**
 * The arithmetic of a futures account, bar by bar. Engine and sweep both run this code, so that every
 * float64 operation is the same one.
 */
export class FuturesLedger {
  contracts: number;
  wanted: number;
  equity: number;
  /** What the last `mark` filled: contracts, signed, 0 for nothing; its price and what it cost. */
  filled = 0;
  price = 0;
  fee = 0;
  slippage = 0;
  private before: number | null;
  private basis: number;
  private contract: number | null;
  private readonly market: FuturesMarket;
  private readonly isNextOpen: boolean;
  private readonly isContractCost: boolean;
  private readonly pointCash: number;
  private readonly feeRate: number;
  private readonly halfSpread: number;

  constructor({ market, terms, costModel, position }: FuturesLedgerOptions) {
    const start = position ?? openFutures(terms.capital);
    this.contracts = start.contracts;
    this.wanted = start.wanted;
    this.equity = start.equity;
    this.before = start.close;
    this.basis = start.basis;
    this.contract = start.contract;
    this.market = market;
    this.isNextOpen = terms.execution === 'nextOpen';
    this.isContractCost = terms.costPrice === 'contract' && this.isNextOpen;
    this.pointCash = terms.pointValue * terms.fxRate;
    this.feeRate = costModel.feeBps / 10_000;
    this.halfSpread = costModel.halfSpreadBps / 10_000;
  }

  /** Fills what is wanted on bar `t`, and marks the account at its close. */
  mark(t: number): void {
    const close = this.market.close[t] as number;
    const fill = this.isNextOpen ? (this.market.open[t] as number) : close;
    const kept = this.contracts;
    const { wanted, before } = this;
    this.filled = wanted - kept;
    this.price = fill;
    this.fee = 0;
    this.slippage = 0;
    if (this.isNextOpen) {
      const notional = this.isContractCost
        ? this.contractNotional(t, fill)
        : Math.abs(wanted - kept) * Math.abs(fill) * this.pointCash;
      this.fee = notional * this.feeRate;
      this.slippage = notional * this.halfSpread;
    }
    if (before !== null) {
      const gain = this.isNextOpen
        ? (kept * (fill - before) + wanted * (close - fill)) * this.pointCash
        : kept * (close - before) * this.pointCash;
      this.equity += gain - (this.fee + this.slippage);
    }
    this.contracts = wanted;
    this.before = close;
  }

  position(): FuturesPosition {
    const { contracts, wanted, equity, before: close, basis, contract } = this;
    return { contracts, wanted, equity, close, basis, contract };
  }

  /**
   * What is traded on bar `t` at the prices of real contracts. Where the held contract changes, all of
   * the old one is sold and all of the new one bought.
   */
  private contractNotional(t: number, fill: number): number {
    const { curve, close } = this.market;
    const price = curve?.price[t] ?? Number.NaN;
    const month = curve?.priceContract[t] ?? Number.NaN;
    const oldBasis = this.basis;
    const isRolled = this.contract !== null && month !== this.contract && !Number.isNaN(month);
    if (!Number.isNaN(price)) this.basis = price - (close[t] as number);
    if (!Number.isNaN(month)) this.contract = month;
    const { contracts: kept, wanted } = this;
    if (!isRolled) return Math.abs(wanted - kept) * Math.abs(fill + this.basis) * this.pointCash;
    const sold = Math.abs(kept) * Math.abs(fill + oldBasis);
    return (sold + Math.abs(wanted) * Math.abs(fill + this.basis)) * this.pointCash;
  }
}

/** Whether a fill leaves or turns a position: then a round trip is closed. */
export function closesTrip(kept: number, wanted: number): boolean {
  return kept !== 0 && (wanted === 0 || wanted > 0 !== kept > 0);
}
