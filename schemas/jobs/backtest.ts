import { z } from 'zod';
import { StrategyRequest, WantedFiles } from '../backtest.ts';
import { FileName } from '../job.ts';
import { StrategyPlaces } from '../strategy-places.ts';
import { BarTime } from '../primitives.ts';
import { AccountState, Fill, StrategyState } from '../trading.ts';

/** What the files of a request are called in the input directory of a job, by their option. */
export const INPUT_NAMES = {
  '--data': 'prices.csv',
  '--model': 'model.onnx',
  '--params-file': 'parameter-sets.json',
} as const;

/** A futures account between two bars. */
export const FuturesAccountState = z.strictObject({
  contracts: z.number(),
  wanted: z.number(),
  equity: z.number(),
  close: z.number().nullable(),
  basis: z.number(),
  contract: z.number().nullable(),
  strategyState: StrategyState,
  lastBar: BarTime.nullable(),
});
export type FuturesAccountState = z.infer<typeof FuturesAccountState>;

const PartAccount = z.union([AccountState, FuturesAccountState]);
export type PartAccount = z.infer<typeof PartAccount>;

/**
 * Job `backtest/part`: one of several parts of a back-test or a sweep. Reads `prices.csv`, and what else
 * the request names, under the names above. A part of a back-test is a span
 * of bars and begins with the account that the part before it left; a part of a sweep is a span of
 * parameter sets.
 */
export const PartInput = z.strictObject({
  request: StrategyRequest,
  /** Null where only installed strategies may run. */
  places: StrategyPlaces.nullable(),
  shard: z.strictObject({ index: z.int().nonnegative(), count: z.int().positive() }),
  /** Of a back-test's later parts: the account after the part before. */
  account: PartAccount.nullable(),
  /** What the whole is to make: a sweep's parts compute what it needs. */
  wanted: WantedFiles,
});
export type PartInput = z.infer<typeof PartInput>;

/** Output file of `backtest/part`: what it found, as `PartFile`. */
export const PART_FILE = 'part.json';

export const PartResult = z.strictObject({
  /** The account after a back-test's part; null for a sweep. */
  account: PartAccount.nullable(),
});
export type PartResult = z.infer<typeof PartResult>;

const Numbers = z.array(z.number());
const Undefinable = z.array(z.number().nullable());

/** A part of a back-test. Columns have one value a bar of the part. */
export const WalkPart = z.strictObject({
  kind: z.literal('walk'),
  forecast: Undefinable,
  prediction: Undefinable,
  target: Numbers,
  equity: Numbers,
  cash: Numbers,
  units: Numbers,
  fills: z.array(Fill),
  account: AccountState,
});
export type WalkPart = z.infer<typeof WalkPart>;

/** A part of a back-test on a futures account: records as the engine has them. */
export const FuturesPart = z.strictObject({
  kind: z.literal('futures'),
  decisions: z.array(
    z.strictObject({
      index: z.int(),
      time: z.string(),
      forecast: z.number().nullable(),
      prediction: z.number().nullable(),
      target: z.number(),
    }),
  ),
  fills: z.array(
    z.strictObject({
      index: z.int(),
      time: z.string(),
      contracts: z.number(),
      held: z.number(),
      price: z.number(),
      fee: z.number(),
      slippage: z.number(),
    }),
  ),
  equity: z.array(
    z.strictObject({
      time: z.string(),
      equity: z.number(),
      contracts: z.number(),
      close: z.number(),
    }),
  ),
  account: FuturesAccountState,
});
export type FuturesPart = z.infer<typeof FuturesPart>;

/** A part of a sweep: columns have one value a parameter set. */
export const SetsPart = z.strictObject({
  kind: z.literal('sets'),
  finalEquity: Numbers,
  trades: z.array(z.int().nonnegative()),
  maxDrawdown: Numbers,
  /** Per period; null when not asked for. */
  sharpe: Undefinable.nullable(),
});
export type SetsPart = z.infer<typeof SetsPart>;

export const PartFile = z.discriminatedUnion('kind', [WalkPart, FuturesPart, SetsPart]);
export type PartFile = z.infer<typeof PartFile>;

/** Job `backtest/finish`: puts the parts together. Reads what `backtest/part` reads, and the parts. */
export const FinishInput = z.strictObject({
  request: StrategyRequest,
  places: StrategyPlaces.nullable(),
  wanted: WantedFiles,
  /** Files of the parts, in their order. */
  parts: z.array(FileName).min(1),
});
export type FinishInput = z.infer<typeof FinishInput>;

/** Output file of `backtest/finish` beside those that were wanted: the document of the command. */
export const DOCUMENT_FILE = 'document.json';

export const FinishResult = z.strictObject({
  /** Names of the wanted files. */
  files: z.array(FileName),
});
export type FinishResult = z.infer<typeof FinishResult>;
