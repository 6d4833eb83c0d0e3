import { z } from 'zod';
import { BarTime, ParameterSet } from '../primitives.ts';
import { FeatureSpec, ReleaseCode } from '../release.ts';
import { GateEvidence } from '../gate.ts';
import { CostModel } from '../settings.ts';

/** A release or challenger as the evaluate job needs it. */
export const Contender = z.strictObject({
  /** The installed strategy whose code the job loads. */
  strategyId: z.string(),
  parameters: ParameterSet,
  featureSpec: FeatureSpec,
  modelFile: z.string().nullable(),
  /** Absent where the job may run it with other code. */
  code: ReleaseCode.optional(),
});
export type Contender = z.infer<typeof Contender>;

/** Job `roll-out/evaluate`: walks challenger and champion over the same held-out bars. */
export const EvaluateInput = z.strictObject({
  challenger: Contender,
  champion: Contender.nullable(),
  /** First and last held-out bar, both included. */
  holdout: z.strictObject({ from: BarTime, last: BarTime }),
  costModel: CostModel,
  resamples: z.int().min(100),
  blockBars: z.number().min(1),
  seed: z.int().nonnegative(),
});
export type EvaluateInput = z.infer<typeof EvaluateInput>;

export const EvaluateResult = z.strictObject({ evidence: GateEvidence });
export type EvaluateResult = z.infer<typeof EvaluateResult>;
