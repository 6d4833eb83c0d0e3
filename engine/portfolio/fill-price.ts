import type { Bar } from '../../schemas/bar.ts';
import { PreconditionError } from '../precondition.ts';
import { onTick } from './grid.ts';
import type { PortfolioOrder } from './portfolio-types.ts';

/** Of an order, what decides its price. Of `units` only the sign counts. */
interface PricedOrder extends Pick<PortfolioOrder, 'type' | 'price'> {
  readonly units: number | bigint;
}

/**
 * Price at which an order trades on a bar, null when it does not. Always within the bar's range.
 *
 * A limit that the open already meets trades at the open, which is better; a stop that the open has
 * passed trades at the open, which is worse. A price between two ticks is rounded against the
 * trader, or the other way where that would leave the bar.
 *
 * @param tick smallest step of the price; null for none.
 * @throws {PreconditionError} when no tick lies within the bar.
 */
export function fillPrice(order: PricedOrder, bar: Bar, tick: number | null = null): number | null {
  const price = untickedPrice(order, bar);
  if (price === null || tick === null) return price;
  const worse = order.units > 0 ? 'up' : 'down';
  const isInside = (value: number): boolean => value >= bar.low && value <= bar.high;
  const against = onTick(price, tick, worse);
  if (isInside(against)) return against;
  const inFavor = onTick(price, tick, worse === 'up' ? 'down' : 'up');
  if (isInside(inFavor)) return inFavor;
  // A bar's own price may miss its tick by the last bit of a float64.
  if (against === inFavor) return price;
  throw new PreconditionError(
    `bar ${bar.time}: prices must lie on the tick of ${String(tick)}, no tick is within low ${String(bar.low)} and high ${String(bar.high)}. Correct the tick, or use null for none.`,
  );
}

function untickedPrice({ type, units, price }: PricedOrder, bar: Bar): number | null {
  const isBuy = units > 0;
  switch (type) {
    case 'market':
      return bar.open;
    case 'market-on-close':
      return bar.close;
    case 'limit': {
      const limit = price as number;
      const isReached = isBuy ? bar.low <= limit : bar.high >= limit;
      if (!isReached) return null;
      return isBuy ? Math.min(bar.open, limit) : Math.max(bar.open, limit);
    }
    case 'stop': {
      const stop = price as number;
      const isReached = isBuy ? bar.high >= stop : bar.low <= stop;
      if (!isReached) return null;
      return isBuy ? Math.max(bar.open, stop) : Math.min(bar.open, stop);
    }
    default:
      return type satisfies never;
  }
}
