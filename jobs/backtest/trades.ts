import type { BarSeries } from '../../engine/bar-series.ts';
import type { FillColumns } from '../../engine/decision-log/decision-log.ts';
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

/** The part of the fills that trades are made of. */
type TradedColumns = Pick<FillColumns, 'index' | 'units' | 'price' | 'fee'>;

/**
 * The trades of one walk from flat: every buy with the sell of all of it that follows. A walk never
 * adds to a position, so fills alternate.
 *
 * @param fills of the walk's log.
 */
export function tradesOf(
  { time, close }: Pick<BarSeries, 'time' | 'close'>,
  fills: TradedColumns,
): Trade[] {
  const trades: Trade[] = [];
  for (let buy = 0; buy < fills.index.length; buy += 2) {
    const sell = buy + 1 < fills.index.length ? buy + 1 : null;
    const entryIndex = fills.index[buy] as number;
    const exitIndex = sell === null ? null : (fills.index[sell] as number);
    const held = fills.units[buy] as number;
    const spent = held * (fills.price[buy] as number) + (fills.fee[buy] as number);
    trades.push({
      entryIndex,
      entryTime: time[entryIndex] as string,
      entryPrice: fills.price[buy] as number,
      exitIndex,
      exitTime: exitIndex === null ? null : (time[exitIndex] as string),
      exitPrice: sell === null ? null : (fills.price[sell] as number),
      return:
        (sell === null ? held * (close.at(-1) ?? Number.NaN) : receivedFor(fills, sell)) / spent -
        1,
    });
  }
  return trades;
}

function receivedFor(fills: TradedColumns, sell: number): number {
  const notional = (fills.units[sell] as number) * (fills.price[sell] as number);
  return notional - (fills.fee[sell] as number);
}

/** The same from records of fills, in the order of their execution. */
export function tradesOfFills(
  series: Pick<BarSeries, 'time' | 'close'>,
  fills: readonly Fill[],
): Trade[] {
  const indexOf = new Map(series.time.map((time, index) => [time, index]));
  return tradesOf(series, {
    index: Float64Array.from(fills, ({ time }) => indexOf.get(time) ?? Number.NaN),
    units: Float64Array.from(fills, ({ units }) => units),
    price: Float64Array.from(fills, ({ price }) => price),
    fee: Float64Array.from(fills, ({ fee }) => fee),
  });
}
