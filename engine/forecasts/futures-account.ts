import { PreconditionError } from '../precondition.ts';

export interface FuturesAccountOptions {
  /** Fixed capital, in account currency. */
  readonly capital: number;
  /** Value of a price move of 1 for one contract, in the instrument's currency. */
  readonly pointValue: number;
  /** Account currency per unit of the instrument's currency. */
  readonly fxRate: number;
  /** Fee on the traded notional, in basis points. */
  readonly feeBps: number;
  /**
   * `nextOpen`: what is decided at a close is filled at the next bar's open, with the fee.
   * `closeDelay`: filled at the next bar's close, without a fee (pysystemtrade, delayed fill).
   */
  readonly execution: 'nextOpen' | 'closeDelay';
}

export interface FuturesPrices {
  readonly open: Float64Array;
  readonly close: Float64Array;
}

/**
 * Account value at each close when `held[t]` contracts are wanted at the close of row t. What is wanted
 * at the last close is not filled any more.
 *
 * @param held signed, in contracts, finite.
 * @returns equity in account currency: the capital plus all gains and fees so far. It may fall below 0,
 *   since the size of positions does not depend on it.
 * @throws {PreconditionError} when a holding is not finite.
 */
export function futuresEquity(
  { open, close }: FuturesPrices,
  held: Float64Array,
  options: FuturesAccountOptions,
): Float64Array {
  const wrong = held.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1) {
    throw new PreconditionError(
      `held[${String(wrong)}] must be finite, was ${String(held[wrong])}`,
    );
  }
  const pointCash = options.pointValue * options.fxRate;
  const feeRate = options.feeBps / 10_000;
  let equity = options.capital;
  return close.map((price, t) => {
    if (t === 0) {
      return equity;
    }
    const before = close[t - 1] as number;
    const kept = t >= 2 ? (held[t - 2] as number) : 0;
    const wanted = held[t - 1] as number;
    if (options.execution === 'closeDelay') {
      equity += kept * (price - before) * pointCash;
      return equity;
    }
    const fill = open[t] as number;
    const fee = Math.abs(wanted - kept) * Math.abs(fill) * pointCash * feeRate;
    equity += (kept * (fill - before) + wanted * (price - fill)) * pointCash - fee;
    return equity;
  });
}
