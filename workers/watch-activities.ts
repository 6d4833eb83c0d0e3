import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { FinishedJob, JobFailureDetails, PreparedJob } from '../schemas/payload.ts';
import { activityFields } from './activity-fields.ts';
import type { WorkerLogger } from './logger.ts';
import type { WorkerMetrics } from './metrics.ts';

/** How a try of an activity ended. */
interface End {
  readonly seconds: number;
  readonly result: unknown;
  readonly error: unknown;
}

/**
 * Logs one line at the end of every try of an activity, counts it, and puts cycle, stage, release,
 * job, workflow and attempt on every other line that is logged within it.
 */
export function watchActivities(
  logger: WorkerLogger,
  metrics: WorkerMetrics,
): ActivityInterceptorsFactory {
  return ({ info }) => {
    let args: readonly unknown[] = [];
    return {
      inbound: {
        async execute(input, next) {
          args = input.args;
          const fields = activityFields(info, args);
          const job = info.activityType.startsWith('launch') ? (args[1] as PreparedJob) : null;
          const startedAt = performance.now();
          if (job !== null) metrics.jobStarted(job.stage);
          const ended = (result: unknown, error: unknown): void => {
            const seconds = (performance.now() - startedAt) / 1000;
            const end: End = { seconds, result, error };
            const type = error === null ? null : failureTypeOf(error);
            metrics.activityEnded(info.activityType, seconds, type);
            if (job !== null) countJob(metrics, job, end);
            const line = { ...fields, ms: Math.round(seconds * 1000) };
            if (type === null) logger.info(line, `${info.activityType} is done`);
            else {
              const { message } = error as Error;
              logger.warn(
                { ...line, failureType: type, error: message },
                `${info.activityType} failed`,
              );
            }
          };
          try {
            const result = await next(input);
            ended(result, null);
            return result;
          } catch (error) {
            ended(null, error);
            throw error;
          }
        },
      },
      outbound: {
        getLogAttributes: (attributes, next) => ({
          ...next(attributes),
          ...activityFields(info, args),
        }),
      },
    };
  };
}

function failureTypeOf(error: unknown): string {
  if (error instanceof ApplicationFailure) return error.type ?? 'unknown';
  return error instanceof CancelledFailure ? 'cancelled' : 'unknown';
}

/** A try that only lost its worker or was cancelled says nothing about the job. */
function countJob(metrics: WorkerMetrics, { stage }: PreparedJob, { result, error }: End): void {
  if (error === null) {
    metrics.jobEnded(stage, 'succeeded', result as FinishedJob);
    return;
  }
  const details =
    error instanceof ApplicationFailure
      ? ((error.details?.[0] ?? null) as JobFailureDetails | null)
      : null;
  metrics.jobEnded(
    stage,
    failureTypeOf(error),
    typeof details?.wallMs === 'number' ? details : null,
  );
}
