import { z } from 'zod';

/** Settings of the `retrain/search` job. */
export const SearchSettings = z.strictObject({
  /** Parameter sets to try, the default set included. */
  candidates: z.int().min(1).max(10_000).default(200),
  /** Contiguous parts of the fit span; a candidate's score is its median Sharpe over them. */
  folds: z.int().min(1).max(20).default(4),
});
export type SearchSettings = z.infer<typeof SearchSettings>;
