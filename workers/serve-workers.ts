import { GracefulShutdownPeriodExpiredError } from '@temporalio/worker';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { ENGINE_VERSION } from '../engine/version.ts';
import type { WorkerConfiguration } from './configuration.ts';
import { serveHealth } from './health.ts';
import { installLogger } from './logger.ts';
import type { WorkerLogger } from './logger.ts';
import { createWorkerMetrics } from './metrics.ts';
import { runWorkers } from './run-workers.ts';
import type { RunningWorkers, WorkersOptions } from './run-workers.ts';
import { watchActivities } from './watch-activities.ts';
import { freeAddress, healthSources } from './worker-health.ts';

/** What this process does: any of workflows, store and launch. */
export interface ServedParts extends Pick<WorkersOptions, 'workflows' | 'store' | 'launch'> {
  /** Null in a process that holds no database rights. */
  readonly pool: StorePool | null;
  readonly interceptors: readonly ActivityInterceptorsFactory[];
}

/** How the process is known, and whom it talks to. */
export interface ServeOptions {
  readonly configuration: Pick<
    WorkerConfiguration,
    | 'TEMPORAL_ADDRESS'
    | 'TEMPORAL_NAMESPACE'
    | 'STRATEGY_LOOP_WORKER_NAME'
    | 'STRATEGY_LOOP_METRICS_ADDRESS'
    | 'STRATEGY_LOOP_LOG_LEVEL'
  >;
  /** E.g. `worker`, `launch worker`: shown in the log and in Temporal. */
  readonly name: string;
  /** Texts that no line of the log may hold. */
  readonly secrets: readonly string[];
  /** Called once the log is there. */
  readonly parts: (logger: WorkerLogger) => ServedParts;
}

/**
 * Runs the workers of this process to their end, with its metrics and health. Logs `ready` when
 * it takes work, stops on SIGTERM, and leaves running jobs alone.
 */
export async function serveWorkers(options: ServeOptions): Promise<void> {
  const { configuration, name } = options;
  const metricsAddress = configuration.STRATEGY_LOOP_METRICS_ADDRESS ?? null;
  const coreMetricsAddress = metricsAddress === null ? null : await freeAddress();
  const logger = installLogger({
    name,
    level: configuration.STRATEGY_LOOP_LOG_LEVEL,
    secrets: options.secrets,
    coreMetricsAddress,
  });
  const { pool, interceptors, ...work } = options.parts(logger);
  let workers: RunningWorkers | null = null;
  const metrics = createWorkerMetrics(pool, {
    engineVersion: ENGINE_VERSION,
    isRunning: () => workers?.isRunning() ?? false,
  });
  workers = await runWorkers({
    address: configuration.TEMPORAL_ADDRESS,
    namespace: configuration.TEMPORAL_NAMESPACE,
    identity: `${name} ${String(process.pid)} on ${configuration.STRATEGY_LOOP_WORKER_NAME}`,
    ...work,
    interceptors: { activity: [watchActivities(logger, metrics), ...interceptors] },
  });
  const health =
    metricsAddress === null
      ? null
      : await serveHealth(
          metricsAddress,
          healthSources(pool, workers, metrics, coreMetricsAddress),
        );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, workers.stop);
  // A parent that is gone can send no signal any more: stop with it.
  process.on('disconnect', workers.stop);
  logger.info('ready');
  process.send?.('ready');
  await workers.finished.catch((error: unknown) => {
    if (!(error instanceof GracefulShutdownPeriodExpiredError)) throw error;
    logger.warn('stopped before all work had drained; the next worker does the rest');
  });
  health?.close();
  await pool?.end();
  if (process.connected) process.disconnect();
}
