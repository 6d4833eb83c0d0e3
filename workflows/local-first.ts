import { ApplicationFailure, RetryState, TemporalFailure } from '@temporalio/common';
import {
  ActivityFailure,
  isCancellation,
  patched,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { ActivityInterfaceFor, LocalActivityInterfaceFor } from '@temporalio/workflow';
import { FailureType } from '../schemas/failure-type.ts';

/**
 * What a run has done over the queue before steps were done locally is replayed so. A rollout asks
 * for each challenger anew, so that an open one changes over with its next challenger.
 */
const PATCH = 'local-store-steps';

/** What takes longer has no place in a workflow task, whose own limit is 10 s. */
const LOCAL_TIMEOUT_MS = 5000;

type Steps = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Steps as a workflow calls them: each says in its summary what it is for. */
export type LocalFirst<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R>
    ? { executeWithOptions(options: { summary: string }, args: A): Promise<R> }
    : never;
};

/**
 * Tries each activity once as a local one, which spares it the way over the server's task queue and
 * back. What that try does not settle (the database is away, the step takes long, this worker holds
 * no database rights) is done as an ordinary activity, which is retried without end where operators
 * see it. The activities have to be safe to repeat, for a try that was cut off may have had its effect.
 *
 * @param queued the same activities over the task queue.
 */
export function localFirst<T>(queued: ActivityInterfaceFor<T>): LocalFirst<T> {
  if (!patched(PATCH)) return queued as unknown as LocalFirst<T>;
  const local: LocalActivityInterfaceFor<Steps> = proxyLocalActivities<Steps>({
    startToCloseTimeout: LOCAL_TIMEOUT_MS,
    retry: { maximumAttempts: 1 },
  });
  /** A worker that cannot do one of them can do none: it is asked only once. */
  let isLocal = true;
  const step = (name: string) => {
    const overQueue = (queued as ActivityInterfaceFor<Steps>)[name];
    const here = local[name];
    if (overQueue === undefined || here === undefined) throw new TypeError(`no activity ${name}`);
    return {
      async executeWithOptions(options: { summary: string }, args: unknown[]): Promise<unknown> {
        if (!isLocal) return overQueue.executeWithOptions(options, args);
        try {
          return await here.executeWithOptions(options, args);
        } catch (error) {
          if (isCancellation(error)) throw error;
          const cause = error instanceof ActivityFailure ? error.cause : error;
          if (cause instanceof ApplicationFailure) {
            if (cause.nonRetryable === true) throw refused(name, cause);
            if (cause.type === FailureType.NoDatabaseHere) isLocal = false;
          } else if (!(cause instanceof TemporalFailure)) throw error;
          return overQueue.executeWithOptions(options, args);
        }
      },
    };
  };
  return new Proxy({} as LocalFirst<T>, {
    get: (_, name) => (typeof name === 'string' ? step(name) : undefined),
  });
}

/** The SDK throws a local activity's refusal bare; callers know it as the cause of one. */
function refused(name: string, cause: ApplicationFailure): ActivityFailure {
  const state = RetryState.NON_RETRYABLE_FAILURE;
  return new ActivityFailure('Activity task failed', name, undefined, state, undefined, cause);
}
