import { toMoney } from '../portfolio/money.ts';
import type { FillColumns } from './decision-log.ts';

/**
 * The ledger of a walk: one entry a fill, in whole 1e-8 of the account currency. Each entry's four
 * postings sum to 0 exactly; a cost is positive, what leaves an account is negative.
 */
export interface WalkLedger {
  readonly cash: BigInt64Array;
  /** Units at the open, without costs. */
  readonly position: BigInt64Array;
  readonly fees: BigInt64Array;
  readonly spread: BigInt64Array;
}

/** @throws {PreconditionError} when an amount is not finite. */
export function ledgerOf({ isBuy, units, open, fee, slippage }: FillColumns): WalkLedger {
  const entries = units.length;
  const ledger = {
    cash: new BigInt64Array(entries),
    position: new BigInt64Array(entries),
    fees: new BigInt64Array(entries),
    spread: new BigInt64Array(entries),
  };
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
