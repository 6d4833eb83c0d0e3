import { toMoney } from '../portfolio/money.ts';
import type { FillColumns } from './decision-log.ts';

/**
 * The ledger of a walk: one entry a fill, in whole 1e-8 of the account currency. Each entry's four
 * postings sum to 0 exactly; a cost is positive, what leaves an account is negative.
 */
export interface WalkLedger {
  readonly cash: Amounts;
  /** Units at the open, without costs. */
  readonly position: Amounts;
  readonly fees: Amounts;
  readonly spread: Amounts;
}

/** One amount an entry; numbers of 64 bits where all of them fit. */
export type Amounts = BigInt64Array | readonly bigint[];

/** In the account currency. Three amounts below this sum to less than 2^63 of 1e-8. */
const FITTING_MAX = 3e10;

/** @throws {PreconditionError} when an amount is not finite. */
export function ledgerOf(fills: FillColumns): WalkLedger {
  const { isBuy, units, open, fee, slippage } = fills;
  const entries = units.length;
  const column = isFitting(fills)
    ? () => new BigInt64Array(entries)
    : () => Array.from({ length: entries }, () => 0n);
  const ledger = { cash: column(), position: column(), fees: column(), spread: column() };
  for (let row = 0; row < entries; row += 1) {
    const notional = toMoney((units[row] as number) * (open[row] as number));
    const position = isBuy[row] === 1 ? notional : -notional;
    const fees = toMoney(fee[row] as number);
    const spread = toMoney(slippage[row] as number);
    ledger.cash[row] = -(position + fees + spread);
    ledger.position[row] = position;
    ledger.fees[row] = fees;
    ledger.spread[row] = spread;
  }
  return ledger;
}

/** Whether no entry can leave 64 bits, which an array of them would cut off without a word. */
function isFitting({ units, open, fee, slippage }: FillColumns): boolean {
  for (let row = 0; row < units.length; row += 1) {
    const notional = (units[row] as number) * (open[row] as number);
    const largest = Math.max(Math.abs(notional), fee[row] as number, slippage[row] as number);
    if (!(largest < FITTING_MAX)) return false;
  }
  return true;
}
