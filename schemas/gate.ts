import { z } from 'zod';
import { BarTime } from './primitives.ts';
import { Metrics } from './metrics.ts';
import { Proofs } from './proofs.ts';

/** A stored, versioned rule that a challenger must pass. Never edited, only superseded. */
export const GatePolicy = z.strictObject({
  version: z.int().positive(),
  /** Fewer held-out bars than this are no evidence. */
  barsMin: z.int().positive(),
  /** Share of bootstrap resamples in which the challenger's mean return beats the champion's. */
  confidenceMin: z.number().min(0).max(1),
  /** The challenger's drawdown may exceed the champion's by this fraction of equity at most. */
  drawdownExcessMax: z.number().min(0).max(1),
  /** Resamples of the stationary bootstrap (Politis & Romano 1994). */
  resamples: z.int().min(100),
  /** Mean block length of the bootstrap, in bars. */
  blockBars: z.number().min(1),
});
export type GatePolicy = z.infer<typeof GatePolicy>;

/** What the evaluate job found. Both releases walked the same held-out bars at the same costs. */
export const GateEvidence = z.strictObject({
  from: BarTime,
  /** Open time of the last held-out bar. */
  last: BarTime,
  bars: z.int().positive(),
  challenger: Metrics,
  /** Null when there is no champion yet. */
  champion: Metrics.nullable(),
  paired: z
    .strictObject({
      /** Mean of (challenger's minus champion's return) per bar. */
      meanDifference: z.number(),
      /** Share of bootstrap resamples with a mean difference > 0. */
      confidence: z.number().min(0).max(1),
      /** Bars on which the two hold a different target. */
      barsDiffering: z.int().nonnegative(),
    })
    .nullable(),
  /** Missing in evidence that is older than the proofs; a gate refuses that. */
  proofs: Proofs.optional(),
});
export type GateEvidence = z.infer<typeof GateEvidence>;

export const GateCheck = z.strictObject({
  name: z.string(),
  passed: z.boolean(),
  text: z.string(),
});
export type GateCheck = z.infer<typeof GateCheck>;

/** The gate's answer. `pass` publishes; `fail` keeps the champion; `inconclusive` also keeps it. */
export const GateVerdict = z.strictObject({
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  reason: z.string(),
  checks: z.array(GateCheck),
});
export type GateVerdict = z.infer<typeof GateVerdict>;
