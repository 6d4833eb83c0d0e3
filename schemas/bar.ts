import { z } from 'zod';
import { BarTime } from './primitives.ts';

/**
 * One OHLCV bar over the half-open interval [time, time + duration). Prices are in the
 * instrument's currency and > 0; volume is in units and may be fractional.
 */
export const Bar = z
  .strictObject({
    time: BarTime,
    open: z.number().positive(),
    high: z.number().positive(),
    low: z.number().positive(),
    close: z.number().positive(),
    volume: z.number().nonnegative(),
  })
  .refine(
    (bar) => bar.low <= Math.min(bar.open, bar.close) && bar.high >= Math.max(bar.open, bar.close),
    { error: 'open and close must lie within [low, high]' },
  );
export type Bar = z.infer<typeof Bar>;

/** Header of the canonical bars file that jobs read and write. */
export const BARS_HEADER = 'time,open,high,low,close,volume';
