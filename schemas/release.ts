import { z } from 'zod';
import { ParameterSet, Sha256, Slug, WindowSchema } from './primitives.ts';
import { CostModel, TrainerSettings } from './settings.ts';

/** Inputs of a model, in the order of its input columns. */
export const FeatureSpec = z.strictObject({
  names: z.array(z.string().min(1)),
  /** Bars needed before every feature is defined. */
  warmUpBars: z.int().nonnegative(),
});
export type FeatureSpec = z.infer<typeof FeatureSpec>;

/**
 * The content of a release: all that decides what it does and how it was made, and nothing that
 * depends on where or when it was made. The releaseId is the SHA-256 of its canonical JSON
 * (RFC 8785), so the same manifest gives the same releaseId on every machine.
 */
export const ReleaseManifest = z.strictObject({
  strategyId: Slug,
  /** The installed strategy whose code runs, where it is not called like the strategy itself. */
  implementation: Slug.optional(),
  parameters: ParameterSet,
  /** Hash of the ONNX bytes; null for strategies without a model. */
  modelSha256: Sha256.nullable(),
  featureSpec: FeatureSpec,
  datasetId: Sha256,
  labelHorizonBars: z.int().nonnegative(),
  trainWindow: WindowSchema,
  /** Last bars of the train window that neither search nor fit saw. */
  holdoutBars: z.int().positive(),
  /** Settings that the trainer was given; what is not there had the default of its source. */
  trainer: TrainerSettings,
  seed: z.int().nonnegative(),
  strategySource: z.string().min(1),
  trainerLock: z.string().min(1),
  engineVersion: z.string().min(1),
  costModel: CostModel,
  gatePolicyVersion: z.int().positive(),
  /** Parameter sets and models that the strategy has ever tried, refused challengers included. */
  trialCount: z.int().positive(),
  /** releaseId of the champion when this challenger was made; null for a first release. */
  parent: Sha256.nullable(),
});
export type ReleaseManifest = z.infer<typeof ReleaseManifest>;

/** Where and when a release was made. Stored beside it, never hashed into its id. */
export const Provenance = z.strictObject({
  cycleId: z.string(),
  actor: z.string(),
  launcher: z.string(),
  host: z.string(),
  /** Digest of the image that the release was trained in; missing when that was no container. */
  image: z.string().optional(),
  /** What the gate's evaluation proved about the code; missing in releases older than that. */
  proofs: z
    .strictObject({
      lookAheadBars: z.int(),
      warmUpStarts: z.int(),
      parityRuns: z.int(),
      /** SHA-256 of the engine's decision log on the held-out bars. */
      decisionsSha256: Sha256,
    })
    .optional(),
  publishedAt: z.iso.datetime(),
});
export type Provenance = z.infer<typeof Provenance>;

/** A published release as executors and jobs need it. */
export const Release = z.strictObject({
  releaseId: Sha256,
  version: z.int().positive(),
  manifest: ReleaseManifest,
});
export type Release = z.infer<typeof Release>;

/** The one mutable record per strategy. Moved by compare-and-set on `generation`. */
export const Channel = z.strictObject({
  strategyId: Slug,
  stable: z.int().positive().nullable(),
  candidate: z.int().positive().nullable(),
  /** Share of sleeves that trade the candidate. */
  weight: z.number().min(0).max(1),
  salt: z.string(),
  generation: z.int().nonnegative(),
});
export type Channel = z.infer<typeof Channel>;

/** The code that a release was made with. A job whose build has other code refuses the release. */
export const ReleaseCode = z.strictObject({
  strategySource: z.string().min(1),
  engineVersion: z.string().min(1),
});
export type ReleaseCode = z.infer<typeof ReleaseCode>;

/** What a job needs to trade with a release: its content, under the names of the job contract. */
export const TradableRelease = z.strictObject({
  releaseId: Sha256,
  version: z.int().positive(),
  /** The installed strategy whose code the job loads. */
  strategyId: Slug,
  parameters: ParameterSet,
  featureSpec: FeatureSpec,
  /** Name of the model's file in the input directory; null without a model. */
  modelFile: z.string().nullable(),
  /** Absent where the job may run it with other code. */
  code: ReleaseCode.optional(),
});
export type TradableRelease = z.infer<typeof TradableRelease>;
