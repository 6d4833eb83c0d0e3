import { z } from 'zod';
import { JobSettings } from './job-settings.ts';
import { FEED_BYTES_MAX, feedUrlProblem } from './feed-hosts.ts';
import { ParameterSet, Sha256, Slug } from './primitives.ts';

/** Where a network feed finds its file. */
const FeedUrl = z.string().superRefine((text, context) => {
  const message = feedUrlProblem(text);
  if (message !== null) context.addIssue({ code: 'custom', message, input: text });
});

/** Where bars come from. */
export const FeedSettings = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('vega-datasets') }),
  z.strictObject({
    kind: z.literal('csv'),
    path: z.string().min(1),
    /** SHA-256 of the file that is meant; any other file under its name is refused. */
    sha256: Sha256.optional(),
  }),
  z.strictObject({
    kind: z.literal('csv-url'),
    url: FeedUrl,
    /** SHA-256 that the file must have; any other one is refused. */
    sha256: Sha256.optional(),
    /** The file may have so many bytes; 256 MiB by default. */
    bytesMax: z.int().min(1).max(FEED_BYTES_MAX).optional(),
  }),
]);
export type FeedSettings = z.infer<typeof FeedSettings>;

/** What trading costs, in basis points (1/10,000) of the traded notional. */
export const CostModel = z.strictObject({
  feeBps: z.number().min(0).max(1000),
  /** Half of the bid-ask spread, paid on every fill through a worse price. */
  halfSpreadBps: z.number().min(0).max(1000),
});
export type CostModel = z.infer<typeof CostModel>;

/** What is traded. Tick and lot are the order sizes at the store boundary; 0 means none. */
export const Instrument = z.strictObject({
  instrumentId: Slug,
  name: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters, such as USD'),
  tick: z.number().nonnegative(),
  lot: z.number().nonnegative(),
  multiplier: z.number().positive(),
  calendar: z.string().min(1),
});
export type Instrument = z.infer<typeof Instrument>;

/** How a strategy's trainer works. Which keys a strategy reads is checked by its trainer job. */
export const TrainerSettings = z.record(z.string(), z.unknown());
export type TrainerSettings = z.infer<typeof TrainerSettings>;

/** How often a stage does its work: in every cycle, or in the first one after so many bars. */
const EveryBars = z.strictObject({ everyBars: z.int().min(1) });

/** `never` leaves retraining to people: cycles only trade and measure. */
export const RetrainCadence = z.union([z.enum(['every-cycle', 'never']), EveryBars], {
  error: 'must be every-cycle, never or bars between, such as { everyBars: 63 }',
});
export type RetrainCadence = z.infer<typeof RetrainCadence>;

export const AnalyzeCadence = z.union([z.literal('every-cycle'), EveryBars], {
  error: 'must be every-cycle or bars between, such as { everyBars: 21 }',
});
export type AnalyzeCadence = z.infer<typeof AnalyzeCadence>;

/** Everything about a registered strategy that its cycles need. */
export const StrategySettings = z.strictObject({
  strategyId: Slug,
  /** The installed strategy whose code runs; by default the one that is called like this one. */
  implementation: Slug.optional(),
  owner: z.string().min(1),
  feed: FeedSettings,
  seriesId: Slug,
  instrument: Instrument,
  costModel: CostModel,
  initialCash: z.number().positive(),
  /** Bars that a retrain looks back over, held-out bars included. */
  trainBars: z.int().min(300),
  /** Last bars of the training window that neither search nor fit may see. */
  holdoutBars: z.int().min(20),
  gatePolicyVersion: z.int().positive(),
  trainer: TrainerSettings,
  /** Seed of search and training, where a command names none. */
  seed: z.int().nonnegative().optional(),
  /** Which cycles make a challenger; all by default. */
  retrain: RetrainCadence.optional(),
  /** Which cycles measure and draw the report; all by default. */
  analyze: AnalyzeCadence.optional(),
  /** Limits of its jobs; those of every job by default. */
  jobs: JobSettings.optional(),
});
export type StrategySettings = z.infer<typeof StrategySettings>;

/** The installed strategy whose code a strategy runs. */
export function implementationOf({
  strategyId,
  implementation,
}: Pick<StrategySettings, 'strategyId' | 'implementation'>): string {
  return implementation ?? strategyId;
}

/** What a strategy's source says about itself; written by the `describe/strategies` job. */
export const StrategyDescription = z.strictObject({
  strategyId: Slug,
  title: z.string(),
  description: z.string(),
  /** Job that makes challengers of this strategy. */
  trainerJob: z.enum(['retrain/search', 'retrain/train']),
  /** What its targets are for: a share of an account, or contracts; older descriptions do not say. */
  account: z.enum(['share', 'futures']).default('share'),
  sourceSha256: z.string(),
  parameterSchema: z.unknown(),
  trainerSchema: z.unknown(),
  defaultTrainer: TrainerSettings,
  defaultParameters: ParameterSet,
});
export type StrategyDescription = z.infer<typeof StrategyDescription>;
