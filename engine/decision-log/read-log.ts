import type { Decision, EquityPoint, Fill, Order, PendingOrder } from '../../schemas/trading.ts';
import { orderIdOf } from '../order-id.ts';
import { RecordKind, type DecisionLog } from './decision-log.ts';

/** What a log leaves to its walk: names, times and prices of the bars. */
export interface LoggedWalk {
  readonly log: DecisionLog;
  /** Of the whole series, by index. */
  readonly time: readonly string[];
  readonly close: Float64Array;
  readonly releaseId: string;
  /** The account before the first bar. */
  readonly before: {
    readonly cash: number;
    readonly units: number;
    readonly pending: PendingOrder | null;
  };
}

/** One decision a bar. Keys stand in the order of the schema, which is that of the files. */
export function decisionsOf({ log, time, releaseId }: LoggedWalk): Decision[] {
  const { records, fromIndex, forecast, prediction } = log;
  const decisions: Decision[] = [];
  let row = -1;
  for (let at = 0; at < log.bars; at += 1) {
    const index = fromIndex + at;
    if (records.index[row + 1] === index) row += 1;
    decisions.push({
      time: time[index] as string,
      releaseId,
      forecast: definedOrNull(forecast[at] as number),
      prediction: prediction === null ? null : definedOrNull(prediction[at] as number),
      target: records.target[row] as number,
    });
  }
  return decisions;
}

/** Orders that were sent; those that a risk rule refused are not among them. */
export function ordersOf({ log, time, releaseId }: LoggedWalk): Order[] {
  const { index, target, kind } = log.records;
  const orders: Order[] = [];
  for (let row = 0; row < index.length; row += 1) {
    if (kind[row] !== RecordKind.Order) continue;
    const wanted = target[row] as number;
    const decidedAt = time[index[row] as number] as string;
    orders.push({
      orderId: orderIdOf(releaseId, decidedAt),
      decidedAt,
      side: wanted > 0 ? 'buy' : 'sell',
      target: wanted,
      releaseId,
    });
  }
  return orders;
}

/** An order that waited before the first bar is filled under the name of its own release. */
export function fillsOf({ log, time, releaseId, before }: LoggedWalk): Fill[] {
  const { fills, records } = log;
  const made: Fill[] = [];
  for (let row = 0; row < fills.index.length; row += 1) {
    const record = fills.record[row] as number;
    const own = { releaseId, decidedAt: time[records.index[record] as number] as string };
    const order = record < 0 ? (before.pending as PendingOrder) : own;
    made.push({
      orderId: orderIdOf(order.releaseId, order.decidedAt),
      time: time[fills.index[row] as number] as string,
      side: fills.isBuy[row] === 1 ? 'buy' : 'sell',
      units: fills.units[row] as number,
      price: fills.price[row] as number,
      fee: fills.fee[row] as number,
      slippage: fills.slippage[row] as number,
      releaseId: order.releaseId,
    });
  }
  return made;
}

/** The account at each close: cash and units are those after the last fill. */
export function equityOf({ log, time, close, releaseId, before }: LoggedWalk): EquityPoint[] {
  const { fills, fromIndex } = log;
  const points: EquityPoint[] = [];
  let { cash, units } = before;
  let row = 0;
  for (let at = 0; at < log.bars; at += 1) {
    const index = fromIndex + at;
    if (fills.index[row] === index) {
      cash = fills.cash[row] as number;
      units = fills.held[row] as number;
      row += 1;
    }
    points.push({
      time: time[index] as string,
      equity: log.equity[at] as number,
      cash,
      units,
      close: close[index] as number,
      releaseId,
    });
  }
  return points;
}

/** Units held at each close, as `equityOf` tells them. */
export function unitsOf({ log, before }: Pick<LoggedWalk, 'log' | 'before'>): Float64Array {
  const { index, held } = log.fills;
  const units = new Float64Array(log.bars);
  let from = 0;
  let now = before.units;
  for (let row = 0; row < index.length; row += 1) {
    const to = (index[row] as number) - log.fromIndex;
    units.fill(now, from, to);
    now = held[row] as number;
    from = to;
  }
  return units.fill(now, from);
}

function definedOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
