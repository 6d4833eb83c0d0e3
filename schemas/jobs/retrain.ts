import { z } from 'zod';
import { BarTime, ParameterSet, Sha256, WindowSchema } from '../primitives.ts';
import { FeatureSpec } from '../release.ts';
import { CostModel, TrainerSettings } from '../settings.ts';

/** Jobs `retrain/search` and `retrain/train`: make a challenger from `bars.csv`. */
export const RetrainInput = z.strictObject({
  /** The installed strategy whose code the job loads. */
  strategyId: z.string(),
  /** Bars the trainer may look at, the held-out ones included. */
  trainWindow: WindowSchema,
  holdoutBars: z.int().positive(),
  seed: z.int().nonnegative(),
  trainer: TrainerSettings,
  costModel: CostModel,
});
export type RetrainInput = z.infer<typeof RetrainInput>;

/** Output file of `retrain/train`. */
export const MODEL_FILE = 'model.onnx';

export const RetrainResult = z.strictObject({
  parameters: ParameterSet,
  featureSpec: FeatureSpec,
  labelHorizonBars: z.int().nonnegative(),
  modelSha256: Sha256.nullable(),
  /** Parameter sets or models that were tried. */
  trials: z.int().positive(),
  /** Bars that search and fit used: they end a label horizon before the held-out bars. */
  fit: z.strictObject({ from: BarTime, last: BarTime, bars: z.int().positive() }),
  /** Bars that neither saw. */
  holdout: z.strictObject({ from: BarTime, last: BarTime, bars: z.int().positive() }),
  /** Figures for people: best and median score, accuracy, … */
  evidence: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
  strategySource: z.string(),
  trainerLock: z.string(),
  engineVersion: z.string(),
});
export type RetrainResult = z.infer<typeof RetrainResult>;
