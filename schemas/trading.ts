import { z } from 'zod';
import { BarTime, Sha256 } from './primitives.ts';

/** State of a strategy between two bars: plain JSON, so that it can be stored and handed over. */
export const StrategyState = z.record(
  z.string(),
  z.union([z.number(), z.string(), z.boolean(), z.null()]),
);
export type StrategyState = z.infer<typeof StrategyState>;

/** An order waits for the next bar's open. */
export const PendingOrder = z.strictObject({
  decidedAt: BarTime,
  /** Share of the account's equity to hold after the fill. */
  target: z.number().min(0).max(1),
  releaseId: Sha256,
});
export type PendingOrder = z.infer<typeof PendingOrder>;

/** A paper account between two bars. Amounts in account currency, float64. */
export const AccountState = z.strictObject({
  cash: z.number(),
  units: z.number(),
  /** Equity marked at the last close. */
  equity: z.number(),
  pending: PendingOrder.nullable(),
  strategyState: StrategyState,
  /** Open time of the last bar that was walked; null before the first. */
  lastBar: BarTime.nullable(),
});
export type AccountState = z.infer<typeof AccountState>;

/** What the strategy decided at the close of one bar. */
export const Decision = z.strictObject({
  time: BarTime,
  releaseId: Sha256,
  /** The strategy's scaled view, -20 to 20; null before warm-up. */
  forecast: z.number().nullable(),
  /** Output of the model for this bar; null without a model or before warm-up. */
  prediction: z.number().nullable(),
  /** Wanted share of equity in the instrument, 0 to 1. */
  target: z.number().min(0).max(1),
});
export type Decision = z.infer<typeof Decision>;

export const OrderSide = z.enum(['buy', 'sell']);
export type OrderSide = z.infer<typeof OrderSide>;

/** An intent to trade at the next bar's open, stamped with the release that made it. */
export const Order = z.strictObject({
  orderId: z.string(),
  decidedAt: BarTime,
  side: OrderSide,
  target: z.number().min(0).max(1),
  releaseId: Sha256,
});
export type Order = z.infer<typeof Order>;

/** An order done. `price` includes the half spread; `fee` is in account currency. */
export const Fill = z.strictObject({
  orderId: z.string(),
  time: BarTime,
  side: OrderSide,
  units: z.number().positive(),
  price: z.number().positive(),
  fee: z.number().nonnegative(),
  /** Half spread paid, in account currency. */
  slippage: z.number().nonnegative(),
  releaseId: Sha256,
});
export type Fill = z.infer<typeof Fill>;

/** The account marked at one close. */
export const EquityPoint = z.strictObject({
  time: BarTime,
  equity: z.number(),
  cash: z.number(),
  units: z.number(),
  close: z.number().positive(),
  releaseId: Sha256,
});
export type EquityPoint = z.infer<typeof EquityPoint>;
