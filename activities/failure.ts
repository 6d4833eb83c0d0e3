import {
  activityInfo,
  ApplicationFailure,
  CancelledFailure,
  heartbeat,
} from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import {
  ArtifactCorruptError,
  ArtifactMissingError,
  ArtifactStoreUnavailableError,
} from '../adapters/artifacts/artifact-store.ts';
import { LauncherUnavailableError } from '../adapters/launchers/launcher.ts';
import { WindowAlreadyRanError } from '../adapters/postgres/cycles.ts';
import { GenerationConflictError } from '../adapters/postgres/publish.ts';
import { UnknownStrategyError } from '../adapters/postgres/strategies.ts';
import { sqlState } from '../adapters/postgres/transaction.ts';
import { FailureType } from '../schemas/failure-type.ts';

/** Tries of an activity that fails for a reason that no rule knows, before a person is asked. */
const BUG_ATTEMPTS_MAX = 3;

/**
 * SQLSTATE classes and Node error codes that mean "the other side is away or busy": connection
 * exceptions, insufficient resources, operator intervention, system errors, a transaction that was
 * silent for too long, serialization and deadlock after their own retries.
 */
const UNAVAILABLE_SQL = /^(08|53|57|58|25006|25P03|40001|40P01|55P03)/;
const UNAVAILABLE_NODE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
  'EAI_AGAIN',
  'ENOSPC',
  'EMFILE',
]);

/** A failure that asks for a person: never retried by Temporal. */
export function refusal(
  type: FailureType,
  message: string,
  options: { readonly cause?: unknown; readonly details?: object } = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    // Postgres takes no NUL in a text, and the cause of a failure is stored.
    message: message.replaceAll('\0', ''),
    nonRetryable: true,
    ...(options.details === undefined ? {} : { details: [options.details] }),
    ...(options.cause instanceof Error ? { cause: options.cause } : {}),
  });
}

/** Errors of the Temporal client that mean "the server is away or slow", by name. */
const UNAVAILABLE_NAMES = new Set(['ServiceError', 'WorkflowUpdateRPCTimeoutOrCancelledError']);

function isUnavailable(error: Error): boolean {
  if (error instanceof LauncherUnavailableError) return true;
  if (error instanceof ArtifactStoreUnavailableError) return true;
  if (UNAVAILABLE_NAMES.has(error.name)) return true;
  const code = sqlState(error);
  if (code !== null && (UNAVAILABLE_NODE.has(code) || UNAVAILABLE_SQL.test(code))) return true;
  // pg reports a connection that broke under a statement by message alone.
  return /^(Connection terminated|timeout exceeded when trying to connect|Client .* not queryable)/.test(
    error.message,
  );
}

/**
 * Gives every error the failure type on which retry rules and workflow branches match. Errors of
 * infrastructure are retried by Temporal without end; known refusals ask for a person at once;
 * anything else is a bug and asks for a person after a few tries.
 */
export function classify(error: unknown): Error {
  if (error instanceof TemporalFailure || error instanceof CancelledFailure) return error;
  if (!(error instanceof Error)) return refusal(FailureType.Bug, String(error));
  if (error instanceof WindowAlreadyRanError) {
    return refusal(FailureType.WindowAlreadyRan, error.message, { cause: error });
  }
  if (error instanceof UnknownStrategyError) {
    return refusal(FailureType.UnknownStrategy, error.message, { cause: error });
  }
  if (error instanceof GenerationConflictError) {
    return ApplicationFailure.create({
      type: FailureType.GenerationConflict,
      message: error.message,
      cause: error,
    });
  }
  if (error instanceof ArtifactMissingError || error instanceof ArtifactCorruptError) {
    return refusal(FailureType.ResultRefused, error.message, { cause: error });
  }
  if (isUnavailable(error)) {
    return ApplicationFailure.create({
      type: FailureType.InfrastructureUnavailable,
      message: error.message,
      cause: error,
    });
  }
  return ApplicationFailure.create({
    type: FailureType.Bug,
    message: error.message,
    nonRetryable: activityInfo().attempt >= BUG_ATTEMPTS_MAX,
    cause: error,
  });
}

type AnyActivity = (...args: never[]) => Promise<unknown>;

/** How often an activity says that it lives, in ms; the SDK throttles what reaches the server. */
const PULSE_MS = 500;

/**
 * Wraps every activity of a set: its errors leave it classified, and it heartbeats while it works,
 * so that a dead worker is noticed after the heartbeat timeout and not after the activity's own.
 */
export function classified<T extends Record<string, AnyActivity>>(activities: T): T {
  const entries = Object.entries(activities).map(([name, activity]) => {
    const wrapped = async (...args: never[]): Promise<unknown> => {
      const pulse = setInterval(() => {
        heartbeat();
      }, PULSE_MS);
      try {
        return await activity(...args);
      } catch (error) {
        throw classify(error);
      } finally {
        clearInterval(pulse);
      }
    };
    return [name, wrapped] as const;
  });
  return Object.fromEntries(entries) as T;
}
