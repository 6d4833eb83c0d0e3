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
 * Reads the cause out of a failed activity, or out of a failure that a stage made of several.
 *
 * @returns null for a cancellation and for anything else: those are not for an operator, and the
 *   caller throws them on.
 */
export function causeOf(error: unknown): Cause | null {
  if (isCancellation(error)) return null;
  if (error instanceof ApplicationFailure) return causeIn(error);
  if (!(error instanceof ActivityFailure)) return null;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return causeIn(cause);
  return {
    type: FailureType.InfrastructureUnavailable,
    message: cause?.message ?? error.message,
    jobName: null,
    logTail: '',
    logSha256: null,
  };
}

function causeIn({ type, message, details: all }: ApplicationFailure): Cause {
  const details = (all?.[0] ?? {}) as {
    jobName?: unknown;
    logTail?: unknown;
    logSha256?: unknown;
  };
  return {
    type: type ?? FailureType.Bug,
    message,
    jobName: typeof details.jobName === 'string' ? details.jobName : null,
    logTail: typeof details.logTail === 'string' ? details.logTail : '',
    logSha256: typeof details.logSha256 === 'string' ? details.logSha256 : null,
  };
}
