import { z } from 'zod';

/**
 * How an equity curve did. Fractions, not percent; null where a figure is undefined.
 * Definitions in docs/statistics.md.
 */
export const Metrics = z.strictObject({
  bars: z.int().nonnegative(),
  totalReturn: z.number(),
  annualReturn: z.number().nullable(),
  volatility: z.number().nullable(),
  sharpe: z.number().nullable(),
  sortino: z.number().nullable(),
  drawdownMax: z.number(),
  drawdownBarsMax: z.int().nonnegative(),
  calmar: z.number().nullable(),
  /** Traded notional per year over mean equity. */
  turnover: z.number(),
  /** Share of closed round trips that gained. */
  hitRate: z.number().nullable(),
  roundTrips: z.int().nonnegative(),
  /** Mean share of equity in the instrument. */
  exposure: z.number(),
  /** Fees and slippage, in account currency. */
  costs: z.number(),
});
export type Metrics = z.infer<typeof Metrics>;
