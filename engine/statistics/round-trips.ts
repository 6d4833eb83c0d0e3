import type { EquityPoint, Fill } from '../../schemas/trading.ts';

/** What the first bar of a record says about the position before it. */
export type FirstClose = Pick<EquityPoint, 'time' | 'cash' | 'units'>;

/** Holdings smaller than this share of what was bought are rounding left by float64. */
const FLAT = 1e-9;

/**
 * Gains of the closed round trips, fees and half spreads included, in account currency. A round
 * trip runs from flat to flat, over as many fills as that takes.
 *
 * A position that was open before the first bar belongs to a round trip too: it counts as bought
 * at its value in `initialEquity`, so the parts of a longer record add up to its whole gain.
 *
 * @param first the account marked at the first close; undefined without bars.
 * @param fills in the order of their execution, all within those bars.
 * @param initialEquity account value before the first bar.
 * @returns one gain for each round trip that was closed, in the order of closing.
 */
export function roundTripGains(
  first: FirstClose | undefined,
  fills: readonly Fill[],
  initialEquity: number,
): number[] {
  const opening = openingPosition(first, fills, initialEquity);
  const gains: number[] = [];
  let units = opening.units;
  let bought = opening.units;
  let cashFlow = -opening.value;
  for (const fill of fills) {
    if (fill.side === 'buy') {
      units += fill.units;
      bought += fill.units;
      cashFlow -= fill.units * fill.price + fill.fee;
    } else {
      units -= fill.units;
      cashFlow += fill.units * fill.price - fill.fee;
    }
    if (units <= FLAT * bought) {
      gains.push(cashFlow);
      units = 0;
      bought = 0;
      cashFlow = 0;
    }
  }
  return gains;
}

/** Units held before the first bar and their value then, by undoing the fills of that bar. */
function openingPosition(
  first: FirstClose | undefined,
  fills: readonly Fill[],
  initialEquity: number,
): { units: number; value: number } {
  if (first === undefined) {
    return { units: 0, value: 0 };
  }
  let { cash, units } = first;
  let moved = 0;
  for (const fill of fills.filter((candidate) => candidate.time === first.time)) {
    const sign = fill.side === 'buy' ? 1 : -1;
    units -= sign * fill.units;
    cash += sign * fill.units * fill.price + fill.fee;
    moved += fill.units;
  }
  const isFlat = units <= FLAT * Math.max(moved, first.units);
  return isFlat ? { units: 0, value: 0 } : { units, value: initialEquity - cash };
}
