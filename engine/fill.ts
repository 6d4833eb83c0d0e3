import type { Bar } from '../schemas/bar.ts';
import type { CostModel } from '../schemas/settings.ts';
import type { Fill, PendingOrder } from '../schemas/trading.ts';
import { orderIdOf } from './order-id.ts';

export interface FillAtOpenInput {
  readonly bar: Bar;
  readonly cash: number;
  readonly units: number;
  readonly order: PendingOrder;
  readonly costModel: CostModel;
}

export interface FilledAccount {
  readonly cash: number;
  readonly units: number;
  readonly fill: Fill;
}

/**
 * Fills an order at a bar's open. The price is worse than the open by the half spread; the fee is
 * taken on the traded notional.
 *
 * - Buy: spends `target` of the cash, fee included: units = spend / (price × (1 + fee)).
 * - Sell: sells all: cash grows by units × price × (1 − fee).
 *
 * Units are fractional float64 and nothing is rounded here: lots and ticks belong to the store
 * boundary. The order of the operations is part of the engine's version.
 */
export function fillAtOpen({ bar, cash, units, order, costModel }: FillAtOpenInput): FilledAccount {
  const feeRate = costModel.feeBps / 10_000;
  const halfSpread = costModel.halfSpreadBps / 10_000;
  const stamp = {
    orderId: orderIdOf(order.releaseId, order.decidedAt),
    time: bar.time,
  };
  if (order.target > 0) {
    const price = bar.open * (1 + halfSpread);
    const spend = order.target * cash;
    const bought = spend / (price * (1 + feeRate));
    const fill: Fill = {
      ...stamp,
      side: 'buy',
      units: bought,
      price,
      fee: bought * price * feeRate,
      slippage: bought * (price - bar.open),
      releaseId: order.releaseId,
    };
    return { cash: cash - spend, units: units + bought, fill };
  }
  const price = bar.open * (1 - halfSpread);
  const fill: Fill = {
    ...stamp,
    side: 'sell',
    units,
    price,
    fee: units * price * feeRate,
    slippage: units * (bar.open - price),
    releaseId: order.releaseId,
  };
  return { cash: cash + units * price * (1 - feeRate), units: 0, fill };
}
