import { hostname } from 'node:os';
import { z } from 'zod';

/** Settings of a worker process, all from its environment. */
export const WorkerSettings = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL'),
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s:]+:\d+$/, 'must be host:port'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  /** Directory of the artifact store. */
  STRATEGY_LOOP_ARTIFACTS: z.string().min(1),
  /** Directory in which the process launcher keeps its jobs. */
  STRATEGY_LOOP_JOBS: z.string().min(1),
  /** Image that the Docker launcher starts; without one there is no Docker launcher. */
  STRATEGY_LOOP_IMAGE: z.string().min(1).optional(),
  /** Jobs that run at once on this machine. */
  STRATEGY_LOOP_JOBS_MAX: z.coerce.number().int().min(1).max(1000).default(2),
  /** Shown in Temporal; the machine's name by default. */
  STRATEGY_LOOP_WORKER_NAME: z.string().min(1).default(hostname()),
  /** Where the worker serves its metrics and its health, host:port; nowhere when absent. */
  STRATEGY_LOOP_METRICS_ADDRESS: z
    .string()
    .regex(/^\S+:\d+$/, 'must be host:port')
    .optional(),
  /** How long a workflow task may wait for the worker that has its workflow in memory, in ms. */
  STRATEGY_LOOP_STICKY_MS: z.coerce.number().int().min(100).default(5000),
});
export type WorkerConfiguration = z.infer<typeof WorkerSettings>;

/** The environment lacks a setting or holds a wrong one. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** @throws {ConfigurationError} that names every wrong variable and its rule, never its value. */
export function readConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
): WorkerConfiguration {
  return requireSettings(WorkerSettings, environment);
}

/** @throws {ConfigurationError} that names every wrong variable and its rule, never its value. */
export function requireSettings<T>(
  settings: z.ZodType<T>,
  environment: Readonly<Record<string, string | undefined>>,
): T {
  const parsed = settings.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.map(String).join('.')}: ${issue.message}`,
  );
  throw new ConfigurationError(`the worker's environment is wrong: ${problems.join('; ')}`);
}
