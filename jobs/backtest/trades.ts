import type { Bar } from '../../schemas/bar.ts';
import type { Fill } from '../../schemas/trading.ts';

/** From flat to flat; the exit is null while the position is open. */
export interface Trade {
  readonly entryIndex: number;
  readonly entryTime: string;
  readonly entryPrice: number;
  readonly exitIndex: number | null;
  readonly exitTime: string | null;
  readonly exitPrice: number | null;
  /**
   * What came back over what was spent, minus 1, fees of both sides included. An open position
   * counts at the last close, without an exit fee.
   */
  readonly return: number;
}

/**
 * The trades of one walk from flat: every buy with the sell of all of it that follows. A walk never
 * adds to a position, so fills alternate.
 *
 * @param fills in the order of their execution.
 */
export function tradesOf(bars: readonly Bar[], fills: readonly Fill[]): Trade[] {
  const indexOf = indexByTime(bars);
  const trades: Trade[] = [];
  for (let at = 0; at < fills.length; at += 2) {
    const buy = fills[at] as Fill;
    const sell = fills[at + 1];
    const spent = buy.units * buy.price + buy.fee;
    const received =
      sell === undefined
        ? buy.units * (bars.at(-1)?.close ?? Number.NaN)
        : sell.units * sell.price - sell.fee;
    trades.push({
      entryIndex: indexOf(buy.time),
      entryTime: buy.time,
      entryPrice: buy.price,
      exitIndex: sell === undefined ? null : indexOf(sell.time),
      exitTime: sell?.time ?? null,
      exitPrice: sell?.price ?? null,
      return: received / spent - 1,
    });
  }
  return trades;
}

/** Fills come in the order of the bars, so one pass over the bars finds them all. */
function indexByTime(bars: readonly Bar[]): (time: string) => number {
  let index = 0;
  return (time) => {
    while (bars[index]?.time !== time) {
      index += 1;
    }
    return index;
  };
}
