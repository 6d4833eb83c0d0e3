import { z } from 'zod';
import { ParameterSet, Sha256 } from '../primitives.ts';
import { FoundDifference, LeakKind } from '../proofs.ts';
import { StrategyPlaces } from '../strategy-places.ts';

/** Name of the price file beside the input, whatever its owner calls it. */
export const CHECK_DATA_FILE = 'prices.csv';

/** What can be proved about a strategy. */
export const CheckName = z.enum(['look-ahead', 'warm-up', 'parity']);
export type CheckName = z.infer<typeof CheckName>;

/** Rows that know more than they may, by how it was found; the first 100 of each. */
export const FoundLeak = z.strictObject({
  kind: LeakKind,
  rows: z.array(z.int()),
  total: z.int(),
});
export type FoundLeak = z.infer<typeof FoundLeak>;

/** Of `warm-up`: what a history of just the warm-up changes; null where a view is undefined. */
export const WarmUpStart = z.strictObject({
  startRow: z.int(),
  row: z.int(),
  forecastDifference: z.number().nullable(),
  targetDifference: z.number().nullable(),
  passed: z.boolean(),
});

/**
 * Job `check/strategy`: proofs about a strategy's code, on bars that are made up from a seed or on those
 * of a price file.
 */
export const CheckInput = z.strictObject({
  check: CheckName,
  /** Id of a strategy, or path of its file where there are places. */
  strategyId: z.string(),
  /** Where strategies of users are; absent where only installed ones may run. */
  places: StrategyPlaces.optional(),
  /** Null for the strategy's own defaults. */
  parameters: ParameterSet.nullable(),
  /** Rows after warm-up to check; null for all of a price file, and for 200 that are made up. */
  rows: z.int().min(10).max(1_000_000).nullable(),
  seed: z.int().min(0).max(4_294_967_295),
  /** What its owner calls the price file beside the input; null for bars that are made up. */
  dataFile: z.string().nullable(),
  /** The reader's clock: rows after it are refused. */
  now: z.iso.datetime(),
  /** Parameter sets that `parity` compares: the given one and others that are drawn. */
  sets: z.int().min(1).max(1000),
  /** Numbers of threads that `parity` tries; none in a job that may not start any. */
  threads: z.array(z.int().min(1).max(64)),
});
export type CheckInput = z.infer<typeof CheckInput>;

export const CheckResult = z.strictObject({
  check: CheckName,
  strategyId: z.string(),
  passed: z.boolean(),
  /** First row that was checked, and how many were. */
  fromRow: z.int(),
  rows: z.int(),
  /** Rows of the price file after warm-up that were not checked, because fewer were asked for. */
  rowsLeft: z.int().min(0),
  leaks: z.array(FoundLeak),
  starts: z.array(WarmUpStart),
  /** Of `parity`: which runs were compared with the engine in one walk, and where they differ. */
  runs: z.array(z.string()),
  differences: z.array(FoundDifference),
  /** SHA-256 of the engine's decision logs: the same everywhere for the same code and bars. */
  logSha256: z.string().nullable(),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** Job `check/contract`: tries what every strategy promises, on bars that are made up from a seed. */
export const ContractInput = z.strictObject({
  /** Id of a strategy, or path of its file. */
  strategyId: z.string(),
  places: StrategyPlaces,
});
export type ContractInput = z.infer<typeof ContractInput>;

export const ContractResult = z.strictObject({
  strategyId: z.string(),
  /** File or package; null for an installed strategy. */
  source: z.string().nullable(),
  sourceSha256: Sha256,
  passed: z.boolean(),
  promises: z.array(
    z.strictObject({
      promise: z.string(),
      /** How it was found to be broken; null when it is kept. */
      problem: z.string().nullable(),
    }),
  ),
});
export type ContractResult = z.infer<typeof ContractResult>;
