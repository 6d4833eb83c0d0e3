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

/** Input of `retrain/search`. With `parts` it reads what as many `retrain/score` jobs have scored. */
export const SearchInput = RetrainInput.extend({ parts: z.int().min(2).optional() });
export type SearchInput = z.infer<typeof SearchInput>;

/** Job `retrain/score`: scores one part of the candidates that `retrain/search` would try. */
export const ScoreInput = RetrainInput.extend({
  /** Which part, from 0, of how many. */
  part: z.strictObject({ index: z.int().nonnegative(), of: z.int().min(2) }),
});
export type ScoreInput = z.infer<typeof ScoreInput>;

/** Output file of `retrain/score`: a `ScoredPart`. */
export const SCORES_FILE = 'scores.json';

/** The same as an input file of `retrain/search`. */
export function partFile(index: number): string {
  return `scores-${String(index)}.json`;
}

/** What the code that made something was. */
const Origin = z.strictObject({
  strategySource: z.string(),
  trainerLock: z.string(),
  engineVersion: z.string(),
});

/** How the candidates of one part did. */
export const ScoredPart = z.strictObject({
  /** Scores of other code cannot be compared. */
  origin: Origin,
  candidates: z.array(
    z.strictObject({
      /** Place in the order of drawing, from 0. */
      order: z.int().nonnegative(),
      foldScores: z.array(z.number()),
      /** Null when it never traded. */
      sharpe: z.number().nullable(),
      roundTrips: z.int().nonnegative(),
    }),
  ),
});
export type ScoredPart = z.infer<typeof ScoredPart>;

/** Places of the part's candidates in the order of drawing: from `from` to before `to`. */
export const ScoreResult = z.strictObject({
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
});
export type ScoreResult = z.infer<typeof ScoreResult>;

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
