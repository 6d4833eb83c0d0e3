import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { chosenArtifacts, parseArtifactLocation } from '../adapters/artifacts/artifact-location.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { openArtifactStore } from '../adapters/artifacts/open-artifact-store.ts';
import type { OpenArtifactStore } from '../adapters/artifacts/open-artifact-store.ts';
import { S3_VARIABLES } from '../adapters/artifacts/s3-settings.ts';
import { migrate } from '../adapters/postgres/migrate.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { findRunningStack, startLocalStack } from '../infra/local/stack.ts';
import type { LocalStack, StackPorts } from '../infra/local/stack.ts';
import { startWorkerProcess } from '../infra/local/worker-process.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { DOCKER_VARIABLES } from '../workers/docker-settings.ts';
import { NOMAD_VARIABLES } from '../workers/nomad-jobs.ts';
import { FEED_VARIABLES } from '../workers/process-jobs.ts';
import { inTurn } from './in-turn.ts';
import { launcherTrouble, openLauncherOf, requireAnswer } from './launcher-check.ts';
import { requireImage } from './options.ts';
import type { Output } from './output.ts';
import { packagePath } from './package-path.ts';
import type { ContainerLauncherKind } from '../workers/launchers.ts';
import { ConfigurationError, LogLevel } from '../workers/configuration.ts';

/** Servers, store and client, for the time of one command. */
export interface Session {
  readonly stack: LocalStack;
  readonly dataDirectory: string;
  readonly pool: StorePool;
  readonly client: Client;
  readonly artifacts: ArtifactStore;
  /** True when this command started the servers and will stop them. */
  readonly isOwner: boolean;
  /** Image of the worker that this command started; null when its jobs are processes. */
  readonly image: string | null;
  /** Workflows that this command has started or joined. They outlive it, and Ctrl-C says so. */
  readonly watched: Set<string>;
  /**
   * Makes a call to Temporal that ends when the session is closed. A long poll that outlived its
   * connection would be tried again on it, and that error nobody could catch.
   */
  whileOpen<T>(call: () => Promise<T>): Promise<T>;
  /** Stops everything this command started. Harmless when called twice. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly dataDirectory: string;
  readonly ports?: Partial<StackPorts>;
  readonly output: Output;
  /** Start a worker when this command starts the servers. */
  readonly withWorker: boolean;
  /** Image for jobs in containers; without one the worker runs jobs as processes only. */
  readonly image?: string | undefined;
  /** Where this command's own jobs run: refused before servers start when that does not answer. */
  readonly launcher?: LauncherKind;
  /** Port on which the worker that is started serves metrics and health; none without one. */
  readonly metricsPort?: number;
  /** Told when the worker died and was started again. */
  readonly onWorkerRestart?: () => void;
}

/**
 * Uses the stack that runs on the data directory, or starts one for the time of this command.
 * Everything that was started is stopped again when a later step fails.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { dataDirectory, output } = options;
  requireLogLevel(process.env['STRATEGY_LOOP_LOG_LEVEL']);
  const chosen = openArtifactStore(chosenArtifacts(process.env, dataDirectory));
  const { stack, isOwner } = await findOrStartStack(options, chosen);
  output.detail(
    `${isOwner ? 'servers started' : 'using the servers that run'}: Temporal ${stack.temporalAddress}`,
  );
  const closers: (() => Promise<void>)[] = [];
  if (isOwner) closers.push(() => stack.stop());
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    if (isOwner) await migrate(stack.databaseUrl, packagePath('adapters/postgres/migrations'));
    const pool = createPool(stack.databaseUrl, { max: 4 });
    closers.push(() => pool.end());
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const open = new AbortController();
    // Each long poll of a command that runs for long listens to it, and that is no leak.
    setMaxListeners(0, open.signal);
    closers.push(async () => {
      open.abort();
      await connection.close();
    });
    const client = new Client({
      connection,
      namespace: stack.namespace,
      identity: 'strategy-loop command',
    });
    const artifacts = openArtifactStore(stack.artifacts);
    if (chosenArtifacts(process.env, stack.artifacts) !== stack.artifacts) {
      output.note(
        `the servers that run keep artifacts in ${stack.artifacts}; STRATEGY_LOOP_ARTIFACTS counts when they start`,
      );
    }
    if (isOwner && options.withWorker) closers.push(await startWorker(stack, options));
    const whileOpen = <T>(call: () => Promise<T>): Promise<T> =>
      connection.withAbortSignal(open.signal, call);
    const watched = new Set<string>();
    const image = isOwner ? (options.image ?? null) : null;
    const opened = { stack, dataDirectory, pool, client, artifacts, isOwner, image };
    return { ...opened, watched, whileOpen, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function findOrStartStack(
  options: SessionOptions,
  artifacts: OpenArtifactStore,
): Promise<Pick<Session, 'stack' | 'isOwner'>> {
  const { dataDirectory, ports, output, withWorker } = options;
  return inTurn<Pick<Session, 'stack' | 'isOwner'>>(
    async () => {
      const stack = await findRunningStack(dataDirectory);
      return stack === null ? null : { stack, isOwner: false };
    },
    async () => {
      const onProgress = (text: string): void => {
        output.note(text);
      };
      // Without it no job could run: nothing needs to start then.
      if (withWorker) {
        await artifacts.check();
        await requireLauncher(options);
      }
      const given = ports === undefined ? {} : { ports };
      return {
        stack: await startLocalStack({ dataDirectory, ...given, onProgress }),
        isOwner: true,
      };
    },
  );
}

/**
 * The worker that is about to start would wait for an engine or a cluster without end. A command that
 * does not say where its jobs run, and has an image, is only warned: they may be processes.
 */
async function requireLauncher(options: SessionOptions): Promise<void> {
  const { launcher, image, output } = options;
  if (launcher === LauncherKind.Process) return;
  if (launcher !== undefined) {
    requireImage({ launcher, ...(image === undefined ? {} : { image }) });
    await requireAnswer(await openLauncherOf(launcher, options), process.env);
    return;
  }
  if (image === undefined) return;
  for (const kind of await imageLaunchers()) {
    const trouble = await launcherTrouble(await openLauncherOf(kind, options), process.env);
    if (trouble === null) continue;
    output.warn(`${trouble.text}. Jobs that run there wait until it does. ${trouble.wayOut}`);
  }
}

/** Where an image is to run. Docker is always possible, but with a cluster hardly meant. */
async function imageLaunchers(): Promise<ContainerLauncherKind[]> {
  const { containerKinds } = await import('../workers/launchers.ts');
  const kinds = containerKinds(process.env);
  return kinds.length > 1 ? kinds.filter((kind) => kind !== LauncherKind.Docker) : kinds;
}

/** Where a cluster is, and the volume that it shares with us. */
const KUBERNETES_VARIABLES = [
  'KUBECONFIG',
  'KUBERNETES_SERVICE_HOST',
  'KUBERNETES_SERVICE_PORT',
  ...['CLAIM', 'VOLUME', 'NAMESPACE', 'START_MS', 'SECCOMP', 'FEED_PROXY'].map(
    (name) => `STRATEGY_LOOP_KUBERNETES_${name}`,
  ),
];

/** What a worker needs to run jobs in containers: the image, and where engine or cluster are. */
function containerEnvironment(image: string): Record<string, string> {
  const names = [...DOCKER_VARIABLES, ...NOMAD_VARIABLES, ...KUBERNETES_VARIABLES];
  return { STRATEGY_LOOP_IMAGE: image, ...passedOn(names) };
}

/** The worker gets a fresh environment; of ours it gets these, where they are set. */
function passedOn(names: readonly string[]): Record<string, string> {
  const given = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** Refused before servers start: the worker would refuse it after. */
function requireLogLevel(level: string | undefined): void {
  if ((level ?? '') === '' || LogLevel.safeParse(level).success) return;
  throw new ConfigurationError(
    `STRATEGY_LOOP_LOG_LEVEL must be one of ${LogLevel.options.join(', ')}, was ${JSON.stringify(level)}; unset it for info`,
  );
}

async function startWorker(
  stack: LocalStack,
  options: SessionOptions,
): Promise<() => Promise<void>> {
  const worker = startWorkerProcess({
    entry: packagePath('dist/workers/embedded.js'),
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      NODE_ENV: 'production',
      DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      TEMPORAL_NAMESPACE: stack.namespace,
      STRATEGY_LOOP_ARTIFACTS: stack.artifacts,
      STRATEGY_LOOP_JOBS: stack.jobsDirectory,
      ...(parseArtifactLocation(stack.artifacts).kind === 's3' ? passedOn(S3_VARIABLES) : {}),
      ...(options.image === undefined ? {} : containerEnvironment(options.image)),
      ...passedOn([
        ...['STRATEGY_LOOP_LOG_LEVEL', 'STRATEGY_LOOP_ACCEPT_OTHER_CODE'],
        ...FEED_VARIABLES,
      ]),
      ...(options.metricsPort === undefined
        ? {}
        : { STRATEGY_LOOP_METRICS_ADDRESS: `127.0.0.1:${String(options.metricsPort)}` }),
    },
    logFile: join(options.dataDirectory, 'logs', 'worker.log'),
    onRestart: () => options.onWorkerRestart?.(),
  });
  try {
    await worker.ready;
  } catch (error) {
    await worker.stop();
    throw error;
  }
  return () => worker.stop();
}
