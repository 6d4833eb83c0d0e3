import { z } from 'zod';
import type { JobEndCause, JobObservation, LaunchSpec } from './launcher.ts';

/** How a job ended. */
export type JobEnd = Extract<JobObservation, { phase: 'ended' }>;

/** `stop.json`. */
export const StopRecord = z.object({
  cause: z.enum([
    'exited',
    'out-of-memory',
    'deadline',
    'cancelled',
    'output-too-large',
    'killed',
    'lost',
    'not-started',
  ]) satisfies z.ZodType<JobEndCause>,
  /** When it was decided, in ms since boot. */
  uptimeMs: z.number(),
  /** What the platform said of it. */
  detail: z.string().optional(),
});

/** Why a launcher stopped a job, written before the first signal is sent. */
export type Stop = z.infer<typeof StopRecord>;

/** `spec.json`. */
export const SpecRecord = z.object({
  jobName: z.string(),
  jobType: z.string(),
  specHash: z.string(),
  limits: z.object({
    memoryMib: z.number(),
    deadlineMs: z.number(),
    graceMs: z.number(),
    outputBytesMax: z.number(),
    outputFilesMax: z.number(),
    logBytesMax: z.number(),
  }),
  hosts: z.array(z.string()).optional(),
  labels: z.record(z.string(), z.string()),
}) satisfies z.ZodType<LaunchSpec>;
