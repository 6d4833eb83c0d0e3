import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFileArtifactStore } from '../adapters/artifacts/file-store.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import { readConfiguration } from './configuration.ts';
import { faultInterceptor } from './faults.ts';
import { installLogger } from './logger.ts';
import { openLaunchers } from './launchers.ts';
import { runWorkers } from './run-workers.ts';

/**
 * The worker process of the embedded default: workflows, store and process launcher in one.
 * Prints `ready` when it takes work, stops on SIGTERM, and leaves running jobs alone.
 */
async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  const logger = installLogger('worker');
  const pool = createPool(configuration.DATABASE_URL, {
    onError: (error) => {
      logger.warn({ error: error.message }, 'an idle database connection broke');
    },
  });
  const fault = process.env['STRATEGY_LOOP_FAULT_AT'];
  const workers = await runWorkers({
    address: configuration.TEMPORAL_ADDRESS,
    namespace: configuration.TEMPORAL_NAMESPACE,
    identity: `worker ${String(process.pid)} on ${configuration.STRATEGY_LOOP_WORKER_NAME}`,
    workflowBundlePath: join(dirname(fileURLToPath(import.meta.url)), '..', 'workflow-bundle.js'),
    stickyMs: configuration.STRATEGY_LOOP_STICKY_MS,
    jobsMax: configuration.STRATEGY_LOOP_JOBS_MAX,
    store: {
      pool,
      artifacts: createFileArtifactStore(configuration.STRATEGY_LOOP_ARTIFACTS),
      now: () => new Date(),
      host: hostname(),
    },
    launchers: openLaunchers(configuration),
    ...(fault === undefined ? {} : { interceptors: { activity: [faultInterceptor(fault)] } }),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, workers.stop);
  // A parent that is gone can send no signal any more: stop with it.
  process.on('disconnect', workers.stop);
  process.stdout.write('ready\n');
  process.send?.('ready');
  await workers.finished;
  await pool.end();
  if (process.connected) process.disconnect();
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});
