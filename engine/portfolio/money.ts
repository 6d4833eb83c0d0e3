import { PreconditionError } from '../precondition.ts';

/** Decimals of units, lots and ticks, and the fewest that money may have. */
export const DECIMALS = 8;

/**
 * An amount as the ledger holds it: a whole number of its smallest part, so that sums are exact.
 * Rounded to the nearest, halves away from 0, so that long and short mirror each other.
 *
 * @param decimals of the money scale: 8 for 1e-8 of the currency.
 * @throws {PreconditionError} when the amount is not finite.
 */
export function toMoney(amount: number, decimals: number = DECIMALS): bigint {
  const scaled = Math.round(Math.abs(amount) * 10 ** decimals);
  if (!Number.isFinite(scaled)) {
    throw new PreconditionError(`amount must be finite, was ${String(amount)}`);
  }
  return amount < 0 ? -BigInt(scaled) : BigInt(scaled);
}

/** A ledger amount in its currency, as the nearest float64. */
export function fromMoney(money: bigint, decimals: number = DECIMALS): number {
  return Number(money) / 10 ** decimals;
}

/** Units as the ledger holds them: whole numbers of 1e-8 of a unit, rounded to the nearest. */
export function toUnits(units: number): bigint {
  return toMoney(units, DECIMALS);
}

/** Units of the ledger as the nearest float64. */
export function fromUnits(units: bigint): number {
  return fromMoney(units, DECIMALS);
}

/** A ledger amount in decimal, without loss: `-12.34000000`. */
export function moneyText(money: bigint, decimals: number = DECIMALS): string {
  const digits = (money < 0n ? -money : money).toString().padStart(decimals + 1, '0');
  const at = digits.length - decimals;
  return `${money < 0n ? '-' : ''}${digits.slice(0, at)}.${digits.slice(at)}`;
}
