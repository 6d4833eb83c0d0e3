import { artifactSecrets, S3_RIGHTS } from '../adapters/artifacts/s3-settings.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { openWorkerArtifacts } from './artifacts.ts';
import { ConfigurationError, requireSettings, WorkerSettings } from './configuration.ts';
import { openPool, storeBasics, WORKFLOW_BUNDLE } from './embedded-worker.ts';
import { LauncherSettings, launcherSecrets, openContainerLauncher } from './launchers.ts';
import { secretsOf } from './logger.ts';
import { openProcessLauncher } from './process-jobs.ts';
import { serveWorkers } from './serve-workers.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What has to be there before a role takes work, e.g. the store's tables. */
type Prepare = (settings: {
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_NAMESPACE: string;
}) => Promise<void>;

/** What one worker process of a deployment does, and with that the rights that it holds. */
export const WorkerRole = {
  /** Runs workflows: needs Temporal only. */
  Workflows: 'workflows',
  /** Reads and writes the store: database and artifacts, and no launcher. */
  Store: 'store',
  /** Starts jobs: one launcher and artifacts, and no database. */
  Launch: 'launch',
} as const;
export type WorkerRole = (typeof WorkerRole)[keyof typeof WorkerRole];

const SHARED = {
  TEMPORAL_ADDRESS: true,
  TEMPORAL_NAMESPACE: true,
  STRATEGY_LOOP_WORKER_NAME: true,
  STRATEGY_LOOP_METRICS_ADDRESS: true,
  STRATEGY_LOOP_LOG_LEVEL: true,
} as const;
const WorkflowsConfiguration = WorkerSettings.pick({
  ...SHARED,
  STRATEGY_LOOP_STICKY_MS: true,
});
const StoreConfiguration = WorkerSettings.pick({
  ...SHARED,
  DATABASE_URL: true,
  STRATEGY_LOOP_ARTIFACTS: true,
  STRATEGY_LOOP_ACCEPT_OTHER_CODE: true,
  STRATEGY_LOOP_FEED_HOSTS: true,
});
const LaunchConfiguration = LauncherSettings.extend(
  WorkerSettings.pick({ ...SHARED, STRATEGY_LOOP_ARTIFACTS: true, STRATEGY_LOOP_JOBS_MAX: true })
    .shape,
);

const DATABASE_RIGHTS = ['DATABASE_URL', 'PGPASSWORD', 'PGPASSFILE'];
const LAUNCHER_RIGHTS = [
  'DOCKER_HOST',
  'KUBECONFIG',
  'NOMAD_TOKEN',
  'STRATEGY_LOOP_NOMAD_TOKEN_FILE',
  'NOMAD_CLIENT_KEY',
];

/** Rights that a role does without. A worker that was given one of them does not start. */
const FORBIDDEN: Readonly<Record<WorkerRole, readonly string[]>> = {
  workflows: [...DATABASE_RIGHTS, ...LAUNCHER_RIGHTS, ...S3_RIGHTS],
  store: LAUNCHER_RIGHTS,
  launch: DATABASE_RIGHTS,
};

/**
 * Runs one role in this process until SIGTERM.
 *
 * @param launcher of a launch worker; others have none.
 * @param prepare called once the settings are found to be right.
 * @throws {ConfigurationError} when a setting is missing or wrong, or a right is there that the role
 *   must not hold.
 */
export async function runRoleWorker(
  role: WorkerRole,
  launcher: LauncherKind | null,
  environment: Environment,
  prepare: Prepare,
): Promise<void> {
  refuseRights(role, environment);
  switch (role) {
    case WorkerRole.Workflows:
      return runWorkflows(environment, prepare);
    case WorkerRole.Store:
      return runStore(environment, prepare);
    case WorkerRole.Launch:
      return runLaunch(launcher, environment, prepare);
  }
}

function refuseRights(role: WorkerRole, environment: Environment): void {
  const held = FORBIDDEN[role].filter((name) => (environment[name] ?? '') !== '');
  if (held.length === 0) return;
  throw new ConfigurationError(
    `a ${role} worker must not hold ${held.join(', ')}: ` +
      'unset what its role does without, so that a worker that is taken over gives away less',
  );
}

async function runWorkflows(environment: Environment, prepare: Prepare): Promise<void> {
  const configuration = requireSettings(WorkflowsConfiguration, environment);
  await prepare(configuration);
  await serveWorkers({
    configuration,
    name: 'workflows worker',
    secrets: [],
    parts: () => ({
      pool: null,
      interceptors: [],
      workflows: { bundlePath: WORKFLOW_BUNDLE, stickyMs: configuration.STRATEGY_LOOP_STICKY_MS },
    }),
  });
}

async function runStore(environment: Environment, prepare: Prepare): Promise<void> {
  const configuration = requireSettings(StoreConfiguration, environment);
  const artifacts = await openWorkerArtifacts(configuration.STRATEGY_LOOP_ARTIFACTS, environment);
  await prepare(configuration);
  await serveWorkers({
    configuration,
    name: 'store worker',
    secrets: [...secretsOf(configuration.DATABASE_URL), ...artifactSecrets(environment)],
    parts(logger) {
      const pool = openPool(configuration.DATABASE_URL, logger);
      const store = { pool, artifacts, ...storeBasics(configuration) };
      return { pool, interceptors: [], store };
    },
  });
}

async function runLaunch(
  kind: LauncherKind | null,
  environment: Environment,
  prepare: Prepare,
): Promise<void> {
  const configuration = requireSettings(LaunchConfiguration, environment);
  const launcher = await openLauncher(kind, configuration, environment);
  const artifacts = await openWorkerArtifacts(configuration.STRATEGY_LOOP_ARTIFACTS, environment);
  await prepare(configuration);
  await serveWorkers({
    configuration,
    name: `launch worker (${launcher.kind})`,
    secrets: [...launcherSecrets(environment), ...artifactSecrets(environment)],
    parts: () => ({
      pool: null,
      interceptors: [],
      launch: {
        launchers: [launcher],
        artifacts,
        jobsMax: configuration.STRATEGY_LOOP_JOBS_MAX,
      },
    }),
  });
}

async function openLauncher(
  kind: LauncherKind | null,
  configuration: Parameters<typeof openContainerLauncher>[1],
  environment: Environment,
): Promise<Launcher> {
  if (kind === null) throw new ConfigurationError('a launch worker needs a launcher: --launcher');
  if (kind === LauncherKind.Process) {
    return openProcessLauncher(configuration.STRATEGY_LOOP_JOBS, environment);
  }
  return openContainerLauncher(kind, configuration, environment);
}
