import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { FailureType } from '../schemas/failure-type.ts';

/** What went wrong in a stage, in the words of its cause. */
export interface Cause {
  readonly type: string;
  readonly message: string;
  readonly jobName: string | null;
  readonly logTail: string;
  /** Artifact with the whole log; null when there is none. */
  readonly logSha256: string | null;
}

/**
 * Reads the cause out of a failed activity.
 *
 * @returns null for a cancellation and for anything that is not a failed activity: those are not
 *   for an operator, and the caller throws them on.
 */
export function causeOf(error: unknown): Cause | null {
  if (isCancellation(error)) return null;
  if (!(error instanceof ActivityFailure)) return null;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) {
    return {
      type: FailureType.InfrastructureUnavailable,
      message: cause?.message ?? error.message,
      jobName: null,
      logTail: '',
      logSha256: null,
    };
  }
  const details = (cause.details?.[0] ?? {}) as {
    jobName?: unknown;
    logTail?: unknown;
    logSha256?: unknown;
  };
  return {
    type: cause.type ?? FailureType.Bug,
    message: cause.message,
    jobName: typeof details.jobName === 'string' ? details.jobName : null,
    logTail: typeof details.logTail === 'string' ? details.logTail : '',
    logSha256: typeof details.logSha256 === 'string' ? details.logSha256 : null,
  };
}
