import { z } from 'zod';
import { CostModel } from './settings.ts';

/** What a back-test's document may hold beside its figures. */
export const BacktestPart = z.enum(['indicators', 'forecasts', 'equity']);
export type BacktestPart = z.infer<typeof BacktestPart>;

/**
 * How much is bought on entry. `all-in`: the whole cash whatever share the strategy wants;
 * `target`: the wanted share of it.
 */
export const Sizing = z.enum(['all-in', 'target']);
export type Sizing = z.infer<typeof Sizing>;

const shared = {
  /** Id of a registered strategy. */
  strategyId: z.string().min(1),
  /** Absolute path of the price file. */
  dataFile: z.string().min(1),
  /** Absolute path of an ONNX model; null for strategies without one. */
  modelFile: z.string().min(1).nullable(),
  costModel: CostModel,
  initialCash: z.number().positive(),
  /** Index of the first bar that is decided on; null for the strategy's own. */
  warmUp: z.int().nonnegative().nullable(),
  sizing: Sizing,
  /** The reader's clock: rows after it are refused. */
  now: z.iso.datetime(),
};

/** One back-test, as the command asks the program that runs strategy code for it. */
export const BacktestRequest = z.strictObject({
  command: z.literal('backtest'),
  ...shared,
  /** Text of a JSON object; parameters that it leaves out have the strategy's default values. */
  parameters: z.string(),
  include: z.array(BacktestPart),
});
export type BacktestRequest = z.infer<typeof BacktestRequest>;

/** Many parameter sets over one price file. */
export const SweepRequest = z.strictObject({
  command: z.literal('sweep'),
  ...shared,
  /** Absolute path of a JSON file: an array of parameter sets. */
  parametersFile: z.string().min(1),
  /** Worker threads. */
  threads: z.int().min(1).max(256),
  /** Whether progress is written to stderr. */
  progress: z.boolean(),
});
export type SweepRequest = z.infer<typeof SweepRequest>;

export const StrategyRequest = z.discriminatedUnion('command', [BacktestRequest, SweepRequest]);
export type StrategyRequest = z.infer<typeof StrategyRequest>;
