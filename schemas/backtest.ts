import { z } from 'zod';
import { CostModel } from './settings.ts';
import { StrategyPlaces, StrategySource } from './strategy-places.ts';

/** What a back-test's document may hold beside its figures. */
export const BacktestPart = z.enum(['indicators', 'forecasts', 'equity']);
export type BacktestPart = z.infer<typeof BacktestPart>;

/** How tables are written into files. */
export const ExportFormat = z.enum(['csv', 'json', 'parquet']);
export type ExportFormat = z.infer<typeof ExportFormat>;

/**
 * How much is bought on entry. `all-in`: the whole cash whatever share the strategy wants;
 * `target`: the wanted share of it.
 */
export const Sizing = z.enum(['all-in', 'target']);
export type Sizing = z.infer<typeof Sizing>;

const shared = {
  /** Id of a strategy. */
  strategyId: z.string().min(1),
  /** The code that a user added; absent for an installed strategy. */
  strategySource: StrategySource.optional(),
  /** Where a job finds the files that are named below; absent where they lie as named. */
  inputDirectory: z.string().min(1).optional(),
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

/** Files that are wanted beside the document. */
export const WantedFiles = z.strictObject({
  report: z.boolean(),
  /** How the tables are written; null for none. */
  tables: ExportFormat.nullable(),
  /** Parameters along the sides of a sweep's map; null for those that vary most. */
  heatMap: z.array(z.string().min(1)).min(1).max(2).nullable(),
});
export type WantedFiles = z.infer<typeof WantedFiles>;

/** Names of the files that may be wanted; tables end with their format. */
export const REPORT_NAME = 'report.html';
export const BACKTEST_TABLES = ['trades', 'equity', 'decisions'] as const;
export const SWEEP_TABLE = 'sets';

/** What the program that runs strategy code is told on its standard input. */
export const StrategyProgramInput = z.strictObject({
  request: StrategyRequest,
  places: StrategyPlaces,
  wanted: WantedFiles,
  /** Absolute path of an empty folder for the wanted files. */
  outputDirectory: z.string().min(1),
});
export type StrategyProgramInput = z.infer<typeof StrategyProgramInput>;
