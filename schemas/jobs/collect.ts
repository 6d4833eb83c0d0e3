import { z } from 'zod';
import { QualityReport } from '../dataset.ts';
import { BarTime, Sha256 } from '../primitives.ts';

/** Job `collect/fetch`: reads a feed, checks its quality, writes the bars before `to`. */
export const FetchInput = z.strictObject({
  feed: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('vega-datasets') }),
    /** The file lies in the input directory under this name. */
    z.strictObject({ kind: z.literal('csv'), file: z.string(), originalName: z.string() }),
    /** The job fetches the file itself. */
    z.strictObject({
      kind: z.literal('csv-url'),
      url: z.string(),
      sha256: Sha256.optional(),
      bytesMax: z.int().positive(),
      /** `host:port` of everything that the job may ask. */
      hosts: z.array(z.string()).min(1),
    }),
  ]),
  /** Bars with open time >= from are wanted; null for all. */
  from: BarTime.nullable(),
  /** Bars with open time < to are wanted. */
  to: BarTime,
  /** The reader's clock: rows after it are refused as future-dated. */
  now: BarTime,
});
export type FetchInput = z.infer<typeof FetchInput>;

/** Output file: the bars in canonical form. */
export const BARS_FILE = 'bars.csv';

export const FetchResult = z.strictObject({
  barsSha256: Sha256,
  rows: z.int().nonnegative(),
  /** Over the whole feed, not only the wanted span. */
  quality: QualityReport,
});
export type FetchResult = z.infer<typeof FetchResult>;
