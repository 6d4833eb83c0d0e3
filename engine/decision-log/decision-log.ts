import { addNumber, EMPTY_DIGEST, finishDigest } from './bar-digest.ts';
import { NumberColumn } from './number-column.ts';
import type { FilledAccount } from '../fill.ts';

/** What a record of the log says about its bar. */
export const RecordKind = { Target: 0, Order: 1, Refused: 2 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** One row for each bar whose target differs from the bar before, or that ordered. */
export interface RecordColumns {
  /** Bar of the series. */
  readonly index: Float64Array;
  readonly target: Float64Array;
  /** A `RecordKind`. */
  readonly kind: Float64Array;
}

/** One row a fill. Amounts in account currency. */
export interface FillColumns {
  /** Bar at whose open it was filled. */
  readonly index: Float64Array;
  /** Row of the order in `records`; −1 for the order that waited before the first bar. */
  readonly record: Float64Array;
  /** 1 bought, 0 sold. */
  readonly isBuy: Float64Array;
  readonly units: Float64Array;
  readonly open: Float64Array;
  /** Half spread included. */
  readonly price: Float64Array;
  readonly fee: Float64Array;
  readonly slippage: Float64Array;
  /** The account after the fill. */
  readonly cash: Float64Array;
  readonly held: Float64Array;
}

/**
 * What a walk decided, ordered and filled, as columns. A record is kept for each order and each
 * change of the target, not for each bar; a bar leaves its forecast, its equity and a digest of all
 * that was true at its close, so that two logs can be compared bar by bar.
 */
export class DecisionLog {
  /** First bar of the walk, in its series. */
  readonly fromIndex: number;
  /** Bars that were walked. */
  readonly bars: number;
  /** Of each bar; NaN before the first decision. */
  readonly forecast: Float64Array;
  /** Account value at each close. */
  readonly equity: Float64Array;
  /** Forecast, prediction, target, cash, units and equity of each bar, hashed to 32 bits. */
  readonly digest: Uint32Array;
  /** The model's output of each bar, NaN where there is none; null when there was none at all. */
  prediction: Float64Array | null = null;

  private readonly recordIndex = new NumberColumn();
  private readonly recordTarget = new NumberColumn();
  private readonly recordKind = new NumberColumn();
  private readonly fillColumns = {
    index: new NumberColumn(),
    record: new NumberColumn(),
    isBuy: new NumberColumn(),
    units: new NumberColumn(),
    open: new NumberColumn(),
    price: new NumberColumn(),
    fee: new NumberColumn(),
    slippage: new NumberColumn(),
    cash: new NumberColumn(),
    held: new NumberColumn(),
  };
  private target = Number.NaN;
  private cash: number;
  private units: number;
  /** Cash and units at the first close. */
  private first: { readonly cash: number; readonly units: number };
  /** Digest of target, cash and units: they change on few bars. */
  private standing = 0;

  /** The account before the first bar is where cash and units begin. */
  constructor(
    fromIndex: number,
    bars: number,
    account: { readonly cash: number; readonly units: number },
  ) {
    this.fromIndex = fromIndex;
    this.bars = bars;
    this.forecast = new Float64Array(bars);
    this.equity = new Float64Array(bars);
    this.digest = new Uint32Array(bars);
    this.cash = account.cash;
    this.units = account.units;
    this.first = { cash: account.cash, units: account.units };
    this.stand();
  }

  /** Cash and units at the first close, after the fill of that bar. */
  get firstClose(): { readonly cash: number; readonly units: number } {
    return this.first;
  }

  get records(): RecordColumns {
    return {
      index: this.recordIndex.values,
      target: this.recordTarget.values,
      kind: this.recordKind.values,
    };
  }

  get fills(): FillColumns {
    const { index, record, isBuy, units, open } = this.fillColumns;
    const { price, fee, slippage, cash, held } = this.fillColumns;
    return {
      index: index.values,
      record: record.values,
      isBuy: isBuy.values,
      units: units.values,
      open: open.values,
      price: price.values,
      fee: fee.values,
      slippage: slippage.values,
      cash: cash.values,
      held: held.values,
    };
  }

  /** Notes that the order of a record was filled at the open of a bar. */
  addFill(index: number, record: number, open: number, isBuy: boolean, fill: FilledAccount): void {
    const columns = this.fillColumns;
    columns.index.push(index);
    columns.record.push(record);
    columns.isBuy.push(isBuy ? 1 : 0);
    columns.units.push(fill.traded);
    columns.open.push(open);
    columns.price.push(fill.price);
    columns.fee.push(fill.fee);
    columns.slippage.push(fill.slippage);
    columns.cash.push(fill.cash);
    columns.held.push(fill.units);
    this.cash = fill.cash;
    this.units = fill.units;
    if (index === this.fromIndex) this.first = { cash: fill.cash, units: fill.units };
    this.stand();
  }

  /**
   * Notes what was decided at the close of a bar. `kind` is `Target` when nothing was ordered.
   *
   * @returns the row of the record that was kept; −1 when none had to be.
   */
  addTarget(index: number, target: number, kind: RecordKind): number {
    if (target === this.target && kind === RecordKind.Target) return -1;
    this.recordIndex.push(index);
    this.recordTarget.push(target);
    this.recordKind.push(kind);
    if (target !== this.target) {
      this.target = target;
      this.stand();
    }
    return this.recordIndex.length - 1;
  }

  /** Closes a bar, after its fill and its target. Null stands for a value that is not defined. */
  closeBar(
    index: number,
    forecast: number | null,
    prediction: number | null,
    equity: number,
  ): void {
    const row = index - this.fromIndex;
    const view = forecast ?? Number.NaN;
    this.forecast[row] = view;
    this.equity[row] = equity;
    let digest = addNumber(addNumber(this.standing, view), equity);
    if (prediction !== null) {
      this.prediction ??= new Float64Array(this.bars).fill(Number.NaN);
      this.prediction[row] = prediction;
      digest = addNumber(digest, prediction);
    }
    this.digest[row] = finishDigest(digest);
  }

  private stand(): void {
    const digest = addNumber(addNumber(EMPTY_DIGEST, this.target), this.cash);
    this.standing = addNumber(digest, this.units);
  }
}
