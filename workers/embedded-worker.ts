import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { StoreDeps } from '../activities/store-deps.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { artifactSecrets } from '../adapters/artifacts/s3-settings.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { openWorkerArtifacts } from './artifacts.ts';
import { parseHosts } from '../schemas/feed-hosts.ts';
import { readConfiguration } from './configuration.ts';
import type { WorkerConfiguration } from './configuration.ts';
import { faultInterceptor } from './faults.ts';
import { secretsOf } from './logger.ts';
import type { WorkerLogger } from './logger.ts';
import { containerLaunchers, launcherSecrets } from './launchers.ts';
import { openProcessLauncher } from './process-jobs.ts';
import { serveWorkers } from './serve-workers.ts';
import { ownSourceHashes } from './source-hashes.ts';

/** The workflows as one file, beside the compiled workers. */
export const WORKFLOW_BUNDLE = join(
  dirname(fileURLToPath(import.meta.url)),
  '..',
  'workflow-bundle.js',
);

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
  const launcher = openProcessLauncher(configuration.STRATEGY_LOOP_JOBS, environment);
  const containers = await containerLaunchers(configuration, environment);
  const store = await openWorkerArtifacts(configuration.STRATEGY_LOOP_ARTIFACTS, environment);
  const fault = environment['STRATEGY_LOOP_FAULT_AT'];
  await serveWorkers({
    configuration,
    name: 'worker',
    secrets: [
      ...secretsOf(configuration.DATABASE_URL),
      ...launcherSecrets(environment),
      ...artifactSecrets(environment),
    ],
    parts(logger) {
      const parts = change({
        pool: openPool(configuration.DATABASE_URL, logger),
        artifacts: store,
        launcher,
        interceptors: fault === undefined ? [] : [faultInterceptor(fault, launcher)],
      });
      const { pool, artifacts, interceptors } = parts;
      return {
        pool,
        interceptors,
        workflows: {
          bundlePath: WORKFLOW_BUNDLE,
          stickyMs: configuration.STRATEGY_LOOP_STICKY_MS,
        },
        store: { pool, artifacts, ...storeBasics(configuration) },
        launch: {
          launchers: [parts.launcher, ...containers],
          artifacts,
          jobsMax: configuration.STRATEGY_LOOP_JOBS_MAX,
        },
      };
    },
  });
}

/** What the store activities need beside the store. */
export function storeBasics(
  configuration: Pick<
    WorkerConfiguration,
    'STRATEGY_LOOP_ACCEPT_OTHER_CODE' | 'STRATEGY_LOOP_FEED_HOSTS'
  >,
): Pick<StoreDeps, 'now' | 'host' | 'acceptsOtherCode' | 'sources' | 'feedHosts'> {
  return {
    now: () => new Date(),
    host: hostname(),
    acceptsOtherCode: configuration.STRATEGY_LOOP_ACCEPT_OTHER_CODE,
    sources: ownSourceHashes(),
    feedHosts: parseHosts(configuration.STRATEGY_LOOP_FEED_HOSTS) ?? [],
  };
}

/** A pool whose broken connections are logged: the next statement opens another. */
export function openPool(databaseUrl: string, logger: WorkerLogger): StorePool {
  return createPool(databaseUrl, {
    onError: (error) => {
      logger.warn({ error: error.message }, 'a database connection broke');
    },
  });
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
