import { PreconditionError } from '../precondition.ts';
import { DECIMALS, fromUnits, toUnits } from './money.ts';

const SCALE = 10 ** DECIMALS;

/** A price this close to a tick, as a share of its number of ticks, is on it. */
const ON_TICK = 1e-9;

/** Units rounded towards 0 to whole lots: an order never trades more than was asked for. */
export function wholeLots(units: bigint, lot: bigint): bigint {
  return units - (units % lot);
}

/** Units rounded to the nearest number of whole lots, halves towards 0. */
export function nearestLots(units: bigint, lot: bigint): bigint {
  const rest = units % lot;
  const half = 2n * (rest < 0n ? -rest : rest);
  if (half <= lot) return units - rest;
  return units - rest + (rest < 0n ? -lot : lot);
}

/** A price on the tick at or next to it in one direction; the price itself without a tick. */
export function onTick(price: number, tick: number | null, direction: 'up' | 'down'): number {
  if (tick === null) return price;
  const ticks = price / tick;
  const nearest = Math.round(ticks);
  const isOn = Math.abs(ticks - nearest) <= ON_TICK * Math.max(1, nearest);
  const whole = isOn ? nearest : direction === 'up' ? Math.ceil(ticks) : Math.floor(ticks);
  // Whole numbers up to the division: 3 ticks of 0.1 are 0.3, not 0.30000000000000004.
  return (whole * Math.round(tick * SCALE)) / SCALE;
}

/**
 * Checks a lot or a tick.
 *
 * @throws {PreconditionError} when it is not > 0, or has more than 8 decimals.
 */
export function checkStep(where: string, step: number): void {
  const isExact = Number.isFinite(step) && step > 0 && fromUnits(toUnits(step)) === step;
  if (!isExact) {
    throw new PreconditionError(
      `${where} must be > 0 with at most ${String(DECIMALS)} decimals, was ${String(step)}. Use null for none.`,
    );
  }
}
