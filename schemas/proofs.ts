import { z } from 'zod';
import { BarTime, Sha256 } from './primitives.ts';

/** How a row was found to know more than it may. */
export const LeakKind = z.enum(['truncated-future', 'scrambled-future', 'same-bar-fill']);
export type LeakKind = z.infer<typeof LeakKind>;

/** The first place at which a run decided something else than the engine in one walk. */
export const FoundDifference = z.strictObject({
  run: z.string(),
  /** Place of the parameter set. */
  set: z.int(),
  /** Changes of position, or everything bar by bar. */
  log: z.enum(['fills', 'rows']),
  line: z.int(),
  expected: z.string().nullable(),
  found: z.string().nullable(),
});
export type FoundDifference = z.infer<typeof FoundDifference>;

/** What was proved about a challenger's code and parameters, on the held-out bars. */
export const Proofs = z.strictObject({
  lookAhead: z.strictObject({
    /** Held-out bars that were checked, each of them. */
    bars: z.int().nonnegative(),
    /** Bars that know more than they may, by how it was found; the first 10 of each. */
    leaks: z.array(
      z.strictObject({ kind: LeakKind, times: z.array(BarTime), total: z.int().positive() }),
    ),
  }),
  warmUp: z.strictObject({
    /** Shorter histories that were compared with the whole one; 0 where the history is too short. */
    starts: z.int().nonnegative(),
    /** Bars on which a history of just the warm-up decides otherwise. */
    differing: z.array(BarTime),
  }),
  parity: z.strictObject({
    /** Runs that were compared with the engine in one walk. */
    runs: z.array(z.string()),
    differences: z.array(FoundDifference),
    /** SHA-256 of the engine's decision log. */
    logSha256: Sha256,
  }),
});
export type Proofs = z.infer<typeof Proofs>;
