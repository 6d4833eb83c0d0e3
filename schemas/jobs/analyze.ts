import { z } from 'zod';
import { GateCheck, GateEvidence } from '../gate.ts';
import { Metrics } from '../metrics.ts';
import { BarTime, ParameterSet, Sha256, WindowSchema } from '../primitives.ts';
import { TradableRelease } from '../release.ts';
import { CostModel } from '../settings.ts';

/** What the report says about one release. */
export const ReleaseLine = z.strictObject({
  version: z.int().positive(),
  releaseId: Sha256,
  /** First bar time at which it may trade: the end of the window that published it. */
  from: BarTime,
  parameters: ParameterSet,
  trialCount: z.int(),
  hasModel: z.boolean(),
});
export type ReleaseLine = z.infer<typeof ReleaseLine>;

/** What the report says about one cycle. */
export const CycleLine = z.strictObject({
  cycleId: z.string(),
  window: WindowSchema,
  status: z.string(),
  /** Wall time of each finished stage, in ms. */
  stagesMs: z.record(z.string(), z.number()),
  championVersion: z.int().nullable(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
});
export type CycleLine = z.infer<typeof CycleLine>;

/** One decision of the gate, with the evidence for it. */
export const GateLine = z.strictObject({
  cycleId: z.string(),
  verdict: z.string(),
  reason: z.string(),
  checks: z.array(GateCheck),
  evidence: GateEvidence,
});
export type GateLine = z.infer<typeof GateLine>;

/** The story of a strategy so far, as the store knows it. */
export const StrategyStory = z.strictObject({
  strategyId: z.string(),
  instrumentName: z.string(),
  currency: z.string(),
  releases: z.array(ReleaseLine),
  cycles: z.array(CycleLine),
  gates: z.array(GateLine),
});
export type StrategyStory = z.infer<typeof StrategyStory>;

/**
 * Job `analyze/measure`: how the loop did from its first traded bar to the end of this window,
 * against buy-and-hold and against release 1 never retrained. Reads `bars.csv`, `equity.jsonl` and
 * `fills.jsonl` (the loop's whole record so far) and release 1's model.
 */
export const MeasureInput = z.strictObject({
  window: WindowSchema,
  initialCash: z.number().positive(),
  costModel: CostModel,
  firstRelease: TradableRelease,
  story: StrategyStory,
});
export type MeasureInput = z.infer<typeof MeasureInput>;

/** Equity per bar of the three contestants; the arrays have one length. */
export const Curves = z.strictObject({
  time: z.array(BarTime),
  loop: z.array(z.number()),
  neverRetrained: z.array(z.number()),
  buyAndHold: z.array(z.number()),
  close: z.array(z.number()),
});
export type Curves = z.infer<typeof Curves>;

export const Contest = z.strictObject({
  loop: Metrics,
  neverRetrained: Metrics,
  buyAndHold: Metrics,
});
export type Contest = z.infer<typeof Contest>;

/** Output files of `analyze/measure`. */
export const CURVES_FILE = 'curves.json';
export const REPORT_FILE = 'report.html';

export const MeasureResult = z.strictObject({
  /** From the first traded bar to the end of this window. */
  overall: Contest,
  /** This window alone. */
  window: Contest,
  reportSha256: Sha256,
  curvesSha256: Sha256,
});
export type MeasureResult = z.infer<typeof MeasureResult>;

/** Job `analyze/report`: one page over some strategies. Reads `curves-<strategyId>.json` files. */
export const ReportInput = z.strictObject({
  title: z.string(),
  strategies: z.array(
    z.strictObject({
      story: StrategyStory,
      overall: Contest,
      curvesFile: z.string(),
    }),
  ),
});
export type ReportInput = z.infer<typeof ReportInput>;

export const ReportResult = z.strictObject({ reportSha256: Sha256 });
export type ReportResult = z.infer<typeof ReportResult>;
