import { z } from 'zod';
import { BarTime, Sha256, Slug } from './primitives.ts';

/** One remark of the reader or of a quality check. `line` counts physical lines from 1. */
export const DataProblem = z.strictObject({
  code: z.string(),
  line: z.int().nonnegative(),
  column: z.string().nullable(),
  value: z.string().nullable(),
  message: z.string(),
});
export type DataProblem = z.infer<typeof DataProblem>;

/** What is known about the quality of collected bars. Warnings never change data. */
export const QualityReport = z.strictObject({
  verdict: z.enum(['accept', 'accept-with-warning', 'refuse']),
  rows: z.int().nonnegative(),
  from: BarTime.nullable(),
  to: BarTime.nullable(),
  problems: z.array(DataProblem),
});
export type QualityReport = z.infer<typeof QualityReport>;

/**
 * An immutable snapshot of a series: every bar known with open time before `to`. Its id is the
 * SHA-256 of its canonical bars file.
 */
export const Dataset = z.strictObject({
  datasetId: Sha256,
  seriesId: Slug,
  rows: z.int().positive(),
  from: BarTime,
  /** Open time of the last bar. */
  last: BarTime,
});
export type Dataset = z.infer<typeof Dataset>;
