import { PreconditionError } from '../precondition.ts';

/** Ledger amounts are whole numbers of 1e-8 of the currency, so that sums are exact. */
const SCALE = 100_000_000;

/**
 * An amount as the ledger holds it, rounded to the nearest 1e-8.
 *
 * @throws {PreconditionError} when it is not finite.
 */
export function toMoney(amount: number): bigint {
  const scaled = Math.round(amount * SCALE);
  if (!Number.isFinite(scaled)) {
    throw new PreconditionError(`amount must be finite, was ${String(amount)}`);
  }
  return BigInt(scaled);
}

/** A ledger amount in account currency. */
export function fromMoney(money: bigint): number {
  return Number(money) / SCALE;
}
