/** What a job of the first attempt does instead of its work, or after it. */
export type JobFault =
  | 'hung'
  | 'hung-and-escaped'
  | 'killed'
  /** In the first two attempts. */
  | 'out-of-memory'
  /** In every attempt that has less memory than the second one gets. */
  | 'needs-memory'
  | 'truncated'
  | 'extra-file'
  | 'not-a-number'
  | 'another-job';

/** Mistakes that a worker may have, for showing that the checker finds them. */
export type PlantedBug =
  /** Every statement commits by itself. */
  | 'no-transaction'
  /** An error of the database is taken for success. */
  | 'swallows-database-errors'
  /** Whatever fails asks for a person, also what would pass by itself. */
  | 'asks-a-person'
  /** A connection is never given back. */
  | 'leaks-connections'
  /** A full disk is taken for a finished write. */
  | 'swallows-full-disk'
  /** A job's deadline goes by the wall clock and a file's time. */
  | 'wall-clock-deadline'
  /** A job that was killed is taken for one that ended well. */
  | 'blind-launcher'
  /** Jobs get as much memory as they want. */
  | 'no-memory-limit'
  /** A job that ran out of memory gets no more of it. */
  | 'no-more-memory'
  /** What one of several jobs of a stage has found is not booked. */
  | 'forgets-parts'
  /** A result that does not hold is mended and taken. */
  | 'mends-results';

/** What a worker of these tests is told to do, as JSON in its environment. */
export interface WorkerPlan {
  /** Stops before, inside the transaction of, or after an activity, until it is told to go on. */
  readonly holdAt?: {
    readonly activity: string;
    readonly when: 'before' | 'in-transaction' | 'after';
  };
  /** Once it goes on, takes all connections of its pool for so long. */
  readonly takePoolMs?: number;
  /** Steps of the clock that the process sees, each at the start of an activity. */
  readonly clockSteps?: readonly { readonly activity: string; readonly stepMs: number }[];
  readonly job?: {
    readonly type: string;
    readonly fault: JobFault;
    /** Only this part of the jobs of a stage, from 0. */
    readonly part?: number;
  };
  readonly planted?: PlantedBug;
}

/** Carries the plan to the worker. */
export const PLAN_VARIABLE = 'STRATEGY_LOOP_TEST_PLAN';
/** Carries the job's fault to the job. */
export const JOB_FAULT_VARIABLE = 'STRATEGY_LOOP_TEST_JOB_FAULT';

/** What a held worker says: that it stands at its point, and how the activity went afterwards. */
export type WorkerMessage = 'ready' | { readonly held: true } | { readonly ended: string };
