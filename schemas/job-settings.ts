import { z } from 'zod';
import type { Stage } from './stage.ts';

const MEMORY_MIB_MAX = 1024 * 1024;
const DEADLINE_SECONDS_MAX = 7 * 24 * 60 * 60;
/** All parts of a stage are in one history, which has to stay short. */
const SEARCH_PARTS_MAX = 64;

/** What one job of a strategy may take. What is left out is as for every strategy. */
export const JobAllowance = z.strictObject({
  /** Memory of the job, in MiB. */
  memoryMib: z.int().min(64).max(MEMORY_MIB_MAX).optional(),
  /**
   * A job that ran out of memory is tried once more with twice as much, up to so many MiB; twice
   * `memoryMib` by default. With no more than `memoryMib` it waits for a person at once.
   */
  memoryMibMax: z.int().min(64).max(MEMORY_MIB_MAX).optional(),
  /** Wall time of the job from its start, in seconds. */
  deadlineSeconds: z.int().min(1).max(DEADLINE_SECONDS_MAX).optional(),
});

const STAGE_ALLOWANCES: Record<Stage, z.ZodOptional<typeof JobAllowance>> = {
  collect: JobAllowance.optional(),
  trade: JobAllowance.optional(),
  analyze: JobAllowance.optional(),
  retrain: JobAllowance.optional(),
  'roll-out': JobAllowance.optional(),
};

/** Limits of a strategy's jobs, so that one strategy can neither starve nor be starved by others. */
export const JobSettings = JobAllowance.extend({
  /** What differs for the jobs of one stage. */
  stages: z.strictObject(STAGE_ALLOWANCES).optional(),
  /** Jobs that the parameter search is split into; 1 by default. The result is the same. */
  searchParts: z.int().min(1).max(SEARCH_PARTS_MAX).optional(),
  /** Parts of a stage that run at once; 2 by default. */
  partsAtOnce: z.int().min(1).max(SEARCH_PARTS_MAX).optional(),
});
export type JobSettings = z.infer<typeof JobSettings>;
