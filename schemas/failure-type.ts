/**
 * Names that cross the wire as `ApplicationFailure.type`. Retry rules and workflow branches match
 * on them, so renaming one is a breaking change for every open workflow. `docs/failures.md` has
 * one row for each.
 */
export const FailureType = {
  /** A job exited with 65: its input is bad. Never retried without a person. */
  JobBadInput: 'JobBadInput',
  /** A job exited with 70 or any other unexpected code. */
  JobFailed: 'JobFailed',
  /** A job went over its memory limit and was stopped for it. */
  JobOutOfMemory: 'JobOutOfMemory',
  /** The platform could not start the job: no node takes it, or its image cannot be had. */
  JobNotStarted: 'JobNotStarted',
  /** A job was killed by a signal that the launcher did not send. */
  JobKilled: 'JobKilled',
  /** A job went over its deadline and was stopped for it. */
  JobDeadlineExceeded: 'JobDeadlineExceeded',
  /** The result is missing, truncated, over its caps, of a wrong shape, or of another job. */
  ResultRefused: 'ResultRefused',
  /** The job or its machine vanished; a new attempt is safe. Retried without a person. */
  InfrastructureLost: 'InfrastructureLost',
  /** The job's workflow ended without clearing it away; the job was stopped and removed. */
  Orphaned: 'Orphaned',
  /** Database, artifact store or launcher cannot be reached. Retried without a person. */
  InfrastructureUnavailable: 'InfrastructureUnavailable',
  /** The workflow's own worker has no database: the step is done by a store worker. */
  NoDatabaseHere: 'NoDatabaseHere',
  /** The strategy has no published release yet, so nothing can trade. */
  NoRelease: 'NoRelease',
  /** The strategy is not registered. */
  UnknownStrategy: 'UnknownStrategy',
  /** This window, or one that overlaps it, has run already. */
  WindowAlreadyRan: 'WindowAlreadyRan',
  /** A workflow input has a wrong shape or value. */
  InvalidInput: 'InvalidInput',
  /** An operator aborted the cycle. */
  CycleAborted: 'CycleAborted',
  /** The channel moved since it was read: another publisher was first. */
  GenerationConflict: 'GenerationConflict',
  /** Our own fault: an exception that no rule above covers, after its retries. */
  Bug: 'Bug',
} as const;
export type FailureType = (typeof FailureType)[keyof typeof FailureType];
