import { z } from 'zod';
import { Sha256 } from './primitives.ts';
import { Stage } from './stage.ts';

/** Version of the job contract; a job refuses any other. */
export const JOB_CONTRACT = 'strategy-loop/job/1';

/** Environment variables that tell a job where its directories are. */
export const JOB_INPUT_DIRECTORY = 'STRATEGY_LOOP_JOB_INPUT';
export const JOB_OUTPUT_DIRECTORY = 'STRATEGY_LOOP_JOB_OUTPUT';

/** Files that the contract itself names, in the input and the output directory. */
export const JOB_INPUT_FILE = 'input.json';
export const JOB_RESULT_FILE = 'result.json';
export const JOB_FAILURE_FILE = 'failure.json';
/** Beside the input, for programs that know of it: which build prepared the job. */
export const JOB_BUILD_FILE = 'build.json';

export const FileName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be a plain lower-case file name');

/** `input.json`: what a job is asked to do. `input` has a schema of its own for each job type. */
export const JobInput = z.strictObject({
  contract: z.literal(JOB_CONTRACT),
  jobName: z.string().min(1),
  jobType: z.string().min(1),
  strategyId: z.string(),
  stage: z.enum(Stage),
  attempt: z.int().positive(),
  /** Data files beside `input.json`, by name, with the hash of their bytes. */
  files: z.record(FileName, Sha256),
  input: z.unknown(),
});
export type JobInput = z.infer<typeof JobInput>;

/** `result.json`: what a job found. A result that names another job is refused. */
export const JobResult = z.strictObject({
  contract: z.literal(JOB_CONTRACT),
  jobName: z.string().min(1),
  jobType: z.string().min(1),
  files: z.record(FileName, Sha256),
  result: z.unknown(),
});
export type JobResult = z.infer<typeof JobResult>;

/** `failure.json`: why a job ended with 65, 70 or 75, in words for an operator. */
export const JobFailure = z.strictObject({
  message: z.string().min(1).max(4000),
  /** Build of the program that failed; programs of other makes and of older builds name none. */
  build: z.string().optional(),
});
export type JobFailure = z.infer<typeof JobFailure>;

/** `build.json`: the build that prepared a job, to be compared with the one that runs it. */
export const JobBuild = z.strictObject({
  build: z.string(),
  /** Hash of what the job is asked and what it answers, as that build knows it. */
  contract: z.string(),
  /** Whether a program that knows them otherwise may try all the same. */
  mayDiffer: z.boolean(),
  /** Name of the image that the job runs in; null for a process. */
  image: z.string().nullable(),
});
export type JobBuild = z.infer<typeof JobBuild>;
