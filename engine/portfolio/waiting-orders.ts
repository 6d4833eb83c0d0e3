import { onTick } from './grid.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import type { WaitingOrder } from './portfolio-state.ts';

/** Changes the orders of an instrument, and cancels those of which nothing tradable is left. */
export function changeOrders(
  account: PortfolioAccount,
  instrumentId: string,
  time: string,
  change: (order: WaitingOrder) => WaitingOrder,
): void {
  for (const order of account.open) {
    if (order.instrumentId !== instrumentId) continue;
    const changed = priced(change(order), account);
    if (changed.left === 0n) {
      account.cancel(order, time, 'less than one lot is left after a split');
    } else if (changed.price !== null && changed.price <= 0) {
      account.cancel(order, time, `its price would be ${String(changed.price)} after a roll`);
    } else {
      account.open = account.open.map((other) => (other.order === order.order ? changed : other));
    }
  }
}

/** The order with its price on the tick: a limit to the better side, a stop to the farther one. */
export function priced<T extends Pick<WaitingOrder, 'instrumentId' | 'type' | 'units' | 'price'>>(
  order: T,
  { instruments }: Pick<PortfolioAccount, 'instruments'>,
): T {
  if (order.price === null) return order;
  const isDown = (order.type === 'limit') === order.units > 0n;
  const { tick } = instruments.get(order.instrumentId);
  return { ...order, price: onTick(order.price, tick, isDown ? 'down' : 'up') };
}
