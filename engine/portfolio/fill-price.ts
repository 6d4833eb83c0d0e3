import type { Bar } from '../../schemas/bar.ts';
import type { PortfolioOrder } from './portfolio-types.ts';

/**
 * Price at which an order trades on a bar, null when it does not. Always within the bar's range.
 *
 * A limit that the open already meets trades at the open, which is better; a stop that the open has
 * passed trades at the open, which is worse.
 */
export function fillPrice({ type, units, price }: PortfolioOrder, bar: Bar): number | null {
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
