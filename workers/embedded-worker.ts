import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { createFileArtifactStore } from '../adapters/artifacts/file-store.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { ENGINE_VERSION } from '../engine/version.ts';
import { readConfiguration } from './configuration.ts';
import { faultInterceptor } from './faults.ts';
import { createWorkerMetrics } from './metrics.ts';
import { serveHealth } from './health.ts';
import { installLogger, secretsOf } from './logger.ts';
import { containerLaunchers } from './launchers.ts';
import { openProcessLauncher } from './process-jobs.ts';
import { runWorkers } from './run-workers.ts';
import type { RunningWorkers } from './run-workers.ts';
import { watchActivities } from './watch-activities.ts';
import { freeAddress, healthSources } from './worker-health.ts';

/** The parts of a worker, before its activities are made of them. */
export interface WorkerParts {
  readonly pool: StorePool;
  readonly artifacts: ArtifactStore;
  readonly launcher: Launcher;
  readonly interceptors: readonly ActivityInterceptorsFactory[];
}

/**
 * Runs the worker of the embedded default in this process: workflows, store and process launcher in
 * one. Logs `ready` when it takes work, stops on SIGTERM, and leaves running jobs alone.
 *
 * @param change may put something around the parts; the tests that break them do.
 */
export async function runEmbeddedWorker(
  environment: Readonly<Record<string, string | undefined>>,
  change: (parts: WorkerParts) => WorkerParts = (parts) => parts,
): Promise<void> {
  const configuration = readConfiguration(environment);
  const metricsAddress = configuration.STRATEGY_LOOP_METRICS_ADDRESS ?? null;
  const coreMetricsAddress = metricsAddress === null ? null : await freeAddress();
  const logger = installLogger({
    name: 'worker',
    secrets: secretsOf(configuration.DATABASE_URL),
    coreMetricsAddress,
  });
  const launcher = openProcessLauncher(configuration.STRATEGY_LOOP_JOBS);
  const fault = environment['STRATEGY_LOOP_FAULT_AT'];
  const parts = change({
    pool: createPool(configuration.DATABASE_URL, {
      onError: (error) => {
        logger.warn({ error: error.message }, 'a database connection broke');
      },
    }),
    artifacts: createFileArtifactStore(configuration.STRATEGY_LOOP_ARTIFACTS),
    launcher,
    interceptors: fault === undefined ? [] : [faultInterceptor(fault, launcher)],
  });
  let workers: RunningWorkers | null = null;
  const metrics = createWorkerMetrics(parts.pool, {
    engineVersion: ENGINE_VERSION,
    isRunning: () => workers?.isRunning() ?? false,
  });
  workers = await runWorkers({
    address: configuration.TEMPORAL_ADDRESS,
    namespace: configuration.TEMPORAL_NAMESPACE,
    identity: `worker ${String(process.pid)} on ${configuration.STRATEGY_LOOP_WORKER_NAME}`,
    workflowBundlePath: join(dirname(fileURLToPath(import.meta.url)), '..', 'workflow-bundle.js'),
    stickyMs: configuration.STRATEGY_LOOP_STICKY_MS,
    jobsMax: configuration.STRATEGY_LOOP_JOBS_MAX,
    store: {
      pool: parts.pool,
      artifacts: parts.artifacts,
      now: () => new Date(),
      host: hostname(),
    },
    launchers: [parts.launcher, ...containerLaunchers(configuration)],
    interceptors: { activity: [watchActivities(logger, metrics), ...parts.interceptors] },
  });
  const health =
    metricsAddress === null
      ? null
      : await serveHealth(
          metricsAddress,
          healthSources(parts.pool, workers, metrics, coreMetricsAddress),
        );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, workers.stop);
  // A parent that is gone can send no signal any more: stop with it.
  process.on('disconnect', workers.stop);
  logger.info('ready');
  process.send?.('ready');
  await workers.finished;
  health?.close();
  await parts.pool.end();
  if (process.connected) process.disconnect();
}

/** Runs a worker process to its end; what ends it early is printed and makes the exit code 1. */
export function asProcess(run: Promise<void>): void {
  run.catch((error: unknown) => {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  });
}
