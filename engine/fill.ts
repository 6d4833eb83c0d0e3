import type { CostModel } from '../schemas/settings.ts';

export interface FillAtOpenInput {
  readonly open: number;
  readonly cash: number;
  readonly units: number;
  /** Share of the cash to spend; 0 sells everything. */
  readonly target: number;
  readonly costModel: CostModel;
}

/** The account after a fill, and what the fill was. Amounts in account currency. */
export interface FilledAccount {
  readonly cash: number;
  readonly units: number;
  /** Units bought or sold, >= 0. */
  readonly traded: number;
  /** Half spread included. */
  readonly price: number;
  readonly fee: number;
  /** Half spread paid. */
  readonly slippage: number;
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
export function fillAtOpen(input: FillAtOpenInput): FilledAccount {
  const { open, cash, units, target, costModel } = input;
  const feeRate = costModel.feeBps / 10_000;
  const halfSpread = costModel.halfSpreadBps / 10_000;
  if (target > 0) {
    const price = open * (1 + halfSpread);
    const spend = target * cash;
    const bought = spend / (price * (1 + feeRate));
    return {
      cash: cash - spend,
      units: units + bought,
      traded: bought,
      price,
      fee: bought * price * feeRate,
      slippage: bought * (price - open),
    };
  }
  const price = open * (1 - halfSpread);
  return {
    cash: cash + units * price * (1 - feeRate),
    units: 0,
    traded: units,
    price,
    fee: units * price * feeRate,
    slippage: units * (open - price),
  };
}
