import { closesTrip, type FuturesTerms } from '../../engine/futures/futures-ledger.ts';
import type { FuturesFill, FuturesWalk } from '../../engine/futures/walk-futures.ts';
import type { Trade } from './trades.ts';

/** A round trip that is still open while fills are read. */
interface OpenTrip {
  readonly side: 'long' | 'short';
  readonly entry: FuturesFill;
  /** Cash that has flowed so far, in account currency. */
  cash: number;
}

/** From flat, or a change of side, to flat or a change of side; sizes may change in between. */
export interface FuturesTrade extends Trade {
  readonly side: 'long' | 'short';
}

/**
 * The round trips of a futures account. `return` is the gain after costs as a share of the fixed
 * capital; an open position counts at the last close. Costs of a fill that turns the position are
 * shared by the contracts that it closes and opens.
 */
export function futuresTrades(
  { fills, equity }: FuturesWalk,
  { capital, pointValue, fxRate }: FuturesTerms,
): FuturesTrade[] {
  const pointCash = pointValue * fxRate;
  const trades: FuturesTrade[] = [];
  let trip: OpenTrip | null = null;
  let kept = 0;
  for (const fill of fills) {
    const closes = closesTrip(kept, fill.held);
    const closing = closes ? Math.abs(kept) / Math.abs(fill.contracts) : 1;
    const cost = fill.fee + fill.slippage;
    if (trip !== null) {
      trip.cash -= (closes ? -kept : fill.contracts) * fill.price * pointCash + cost * closing;
      if (closes) trades.push(tradeOf(trip, fill, capital));
    }
    if (closes || trip === null) {
      trip = openTrip(fill, pointCash, closes ? cost * (1 - closing) : cost);
    }
    kept = fill.held;
  }
  if (trip !== null) {
    trip.cash += kept * (equity.at(-1)?.close ?? Number.NaN) * pointCash;
    trades.push(tradeOf(trip, null, capital));
  }
  return trades;
}

/** What a fill opens; null when it leaves nothing. */
function openTrip(fill: FuturesFill, pointCash: number, cost: number): OpenTrip | null {
  if (fill.held === 0) return null;
  const cash = -fill.held * fill.price * pointCash - cost;
  return { side: fill.held > 0 ? 'long' : 'short', entry: fill, cash };
}

/** How many round trips the fills of a fresh account closed. */
export function closedTrips(fills: readonly Pick<FuturesFill, 'held'>[]): number {
  let kept = 0;
  let closed = 0;
  for (const { held } of fills) {
    closed += closesTrip(kept, held) ? 1 : 0;
    kept = held;
  }
  return closed;
}

function tradeOf(
  { side, entry, cash }: OpenTrip,
  exit: FuturesFill | null,
  capital: number,
): FuturesTrade {
  return {
    side,
    entryIndex: entry.index,
    entryTime: entry.time,
    entryPrice: entry.price,
    exitIndex: exit?.index ?? null,
    exitTime: exit?.time ?? null,
    exitPrice: exit?.price ?? null,
    return: cash / capital,
  };
}
