import { z } from 'zod';
import { ParameterSet } from '../primitives.ts';

/** Job `check/strategy`: proofs about a strategy's code, on bars that are made up from a seed. */
export const CheckInput = z.strictObject({
  check: z.enum(['look-ahead', 'warm-up']),
  strategyId: z.string(),
  /** Null for the strategy's own defaults. */
  parameters: ParameterSet.nullable(),
  /** Rows after warm-up to check, each of them. */
  rows: z.int().min(10).max(5000),
  seed: z.int().min(0).max(4_294_967_295),
});
export type CheckInput = z.infer<typeof CheckInput>;

export const CheckResult = z.strictObject({
  check: z.enum(['look-ahead', 'warm-up']),
  strategyId: z.string(),
  passed: z.boolean(),
  /** First row that was checked, and how many were. */
  fromRow: z.int(),
  rows: z.int(),
  /** Rows that know more than they may, by how it was found; the first 100 of each. */
  leaks: z.array(
    z.strictObject({
      kind: z.enum(['truncated-future', 'scrambled-future', 'same-bar-fill']),
      rows: z.array(z.int()),
      total: z.int(),
    }),
  ),
  /** Of `warm-up`: what a history of just the warm-up changes; null where a view is undefined. */
  starts: z.array(
    z.strictObject({
      startRow: z.int(),
      row: z.int(),
      forecastDifference: z.number().nullable(),
      targetDifference: z.number().nullable(),
      passed: z.boolean(),
    }),
  ),
});
export type CheckResult = z.infer<typeof CheckResult>;
