import type { FillRecorder, SweepMarket } from './sweep-result.ts';

/** Listens to the fills of one parameter set, and knows its returns afterwards. */
export interface FillReturns {
  readonly onFill: FillRecorder;
  /**
   * Simple return of each bar from the start on, zero before the first decision. Within 1e-12 of
   * those of the engine's equity: amounts are recomputed from the fills.
   */
  readonly returns: () => number[];
}

/**
 * The returns of a sweep's parameter set, of which no equity curve is kept. For statistics over
 * many trials; money is never taken from here.
 */
export function fillReturns({
  close,
  feeBps,
  initialCash,
}: Pick<SweepMarket, 'close' | 'feeBps' | 'initialCash'>): FillReturns {
  const feeRate = feeBps / 10_000;
  /** Bar, and cash and units from its open on. */
  const changes: { readonly index: number; readonly cash: number; readonly units: number }[] = [];
  let cash = initialCash;
  let units = 0;
  return {
    onFill: (index, side, amount, price) => {
      const notional = amount * price;
      cash += side === 'buy' ? -notional * (1 + feeRate) : notional * (1 - feeRate);
      units += side === 'buy' ? amount : -amount;
      changes.push({ index, cash, units });
    },
    returns: () => {
      const found: number[] = [];
      let before = initialCash;
      let held = { cash: initialCash, units: 0 };
      let next = 0;
      for (let index = 0; index < close.length; index += 1) {
        const change = changes[next];
        if (change?.index === index) {
          held = change;
          next += 1;
        }
        const equity = held.cash + held.units * (close[index] as number);
        found.push(equity / before - 1);
        before = equity;
      }
      return found;
    },
  };
}
